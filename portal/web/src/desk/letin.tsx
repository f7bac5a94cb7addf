// SPDX-License-Identifier: EUPL-1.2
// Not let in yet: four words to read to a colleague, and what happens next.
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'

export function LetIn() {
  const { app, member } = useDesk()
  const act = useAct()
  const words = useLoad(() => member.ownWords(), [])
  const { standing } = member
  return (
    <Screen title={say('desk.letin.title')} lead={say(standing === 'waits' ? 'desk.letin.waits' : 'desk.letin.lead')}>
      <section class="card">
        <h2 class="nl-heading nl-heading--level-2">{say('desk.letin.words')}</h2>
        <p class="nl-paragraph">{say('desk.letin.how')}</p>
        <Load from={words}>
          {(found) => (
            <p class="code" translate={false}>
              {found}
            </p>
          )}
        </Load>
      </section>
      <Note kind="info">{say('desk.letin.meanwhile')}</Note>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button
          kind="primary"
          onClick={() =>
            act.run(async () => {
              await member.comesUp()
              if (member.standing === 'works') app.go('cases', true)
              else if (member.standing === 'administrator') app.go('team', true)
              else act.tell(say('desk.letin.notyet'))
            })
          }
        >
          {say('desk.letin.look')}
        </Button>
      </div>
    </Screen>
  )
}
