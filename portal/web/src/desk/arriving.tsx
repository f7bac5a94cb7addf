// SPDX-License-Identifier: EUPL-1.2
// Coming to the desk: sign in with the organisation, make own keys once, open them each time. The same ways in as a
// person's, drawn by the same code.
import { useState } from 'preact/hooks'
import { NoPrf, NotNow } from '../device/person.ts'
import { Steps } from '../screens/make.tsx'
import { Summary, TextLine } from '../screens/inputs.tsx'
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { Ways } from '../screens/unlock.tsx'
import { Languages } from '../screens/welcome.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'

const MOST_NAME = 80 // characters

/** The first screen: what this is, and the organisation's sign-in. */
export function Welcome() {
  const { member } = useDesk()
  const act = useAct()
  return (
    <Screen title={say('desk.welcome.title')} lead={say('desk.welcome.lead')}>
      {member.ended && (
        <Note kind="warning" role="alert">
          {say('desk.welcome.over')}
        </Note>
      )}
      <p class="nl-paragraph">{say('desk.welcome.how')}</p>
      {act.busy && <Busy text={say('desk.welcome.busy')} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" onClick={() => act.run(() => member.signsIn())}>
          {say('signin.go')}
        </Button>
      </div>
      <Note kind="info">{say('desk.welcome.limit')}</Note>
      <Languages />
    </Screen>
  )
}

/** After signing in: on to the own keys, or to make them. */
export function Start() {
  const { app, member } = useDesk()
  const there = useLoad(async () => {
    const has = await member.hasVault()
    app.go(has ? 'unlock' : 'make', true)
  }, [])
  return (
    <Screen title={say('desk.name')}>
      <Load from={there}>{() => null}</Load>
    </Screen>
  )
}

/** Own keys: a name first, as colleagues and those who are asked will see it; then the first way in. */
export function Make() {
  const { app, member } = useDesk()
  const act = useAct()
  const [name, setName] = useState(member.ownName)
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const [without, setWithout] = useState<'prf' | 'closed' | null>(null)
  const begin = (first: 'passkey' | 'words') => {
    const text = name.trim()
    const fault = text === '' ? say('desk.make.name.empty') : text.length > MOST_NAME ? say('wrong.long', { most: MOST_NAME }) : null
    setWrong(fault === null ? [] : [{ id: 'name', text: fault }])
    if (fault !== null) return
    member.ownName = text
    act.run(
      async () => {
        app.making = await member.makesAVault(first)
        app.go('safetynet', true)
      },
      (error) => {
        if (error instanceof NoPrf) setWithout('prf')
        else if (error instanceof NotNow) setWithout('closed')
        else return false
        return true
      },
    )
  }
  return (
    <Screen title={say('desk.make.title')} lead={say('desk.make.lead')}>
      <Summary wrong={wrong} />
      <TextLine id="name" label={say('desk.make.name')} hint={say('desk.make.name.hint')} wrong={wrong[0]?.text} value={name} onType={setName} />
      <p class="nl-paragraph">{say('desk.make.how')}</p>
      {without !== null && (
        <Note kind="warning" role="alert">
          {say(without === 'prf' ? 'make.noprf' : 'make.refused')}
        </Note>
      )}
      {act.busy && <Busy text={say('desk.make.busy')} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        {without !== 'prf' && (
          <Button kind="primary" onClick={() => begin('passkey')}>
            {say('desk.make.go')}
          </Button>
        )}
        <Button kind={without === 'prf' ? 'primary' : 'secondary'} onClick={() => begin('words')}>
          {say(without === 'prf' ? 'desk.make.go' : 'make.words')}
        </Button>
      </div>
    </Screen>
  )
}

/** The code on paper, typed back once. */
export function SafetyNet() {
  const { app } = useDesk()
  const [making] = useState(app.making) // it is forgotten once the code was typed back
  return (
    <Screen title={say('safetynet.title')} lead={say('desk.net.lead')}>
      {making && <Steps code={making} words={making.first.type === 'pass' ? making.first.words : null} then="cases" />}
    </Screen>
  )
}

/** Locked: opened with what the member has. */
export function Unlock() {
  const { member } = useDesk()
  const ways = useLoad(() => member.waysIn(), [])
  return (
    <Screen title={say('desk.unlock.title')} lead={say('desk.unlock.lead')}>
      <Load from={ways}>{(found) => <Ways ways={found} />}</Load>
    </Screen>
  )
}
