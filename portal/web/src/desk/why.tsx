// SPDX-License-Identifier: EUPL-1.2
// "Waarom keek je?": each question with its day, and the team's signed answer.
import { useState } from 'preact/hooks'
import { dayName, daysLeft, momentName } from '../show/when.ts'
import { Aside, Form } from '../screens/inputs.tsx'
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { caseName } from './cases.tsx'
import type { AskedWhy, Case } from './shapes.ts'

const MOST = 1_000 // characters

export function Whys() {
  const { member } = useDesk()
  const [said, setSaid] = useState(false)
  const found = useLoad(async () => {
    const [whys, cases] = await Promise.all([member.answering.whys(), member.casework.cases()])
    return { whys, cases }
  }, [])
  const again = () => {
    setSaid(true)
    found[1]()
  }
  return (
    <Screen title={say('desk.why.title')} lead={say('desk.why.lead')}>
      {said && (
        <Note kind="ok" role="status">
          {say('desk.why.sent')}
        </Note>
      )}
      <Load from={found}>{({ whys, cases }) => <Inside whys={whys} cases={cases} again={again} />}</Load>
    </Screen>
  )
}

function Inside({ whys, cases, again }: { readonly whys: readonly AskedWhy[]; readonly cases: readonly Case[]; readonly again: () => void}) {
  const open = whys.filter((one) => !one.answered)
  const done = whys.length - open.length
  if (whys.length === 0) return <Note kind="info">{say('desk.why.none')}</Note>
  return (
    <>
      {open.map((one) => (
        <One key={one.id} why={one} of={cases.find((each) => each.grants.some((grant) => grant.id === one.grant)) ?? null} again={again} />
      ))}
      {done > 0 && <p class="quiet">{say('desk.why.done', { count: done })}</p>}
    </>
  )
}

function One({ why, of, again }: { readonly why: AskedWhy; readonly of: Case | null; readonly again: () => void }) {
  const { member } = useDesk()
  const act = useAct()
  const [text, setText] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const id = `why-${why.id}`
  const send = () => {
    const said = text.trim()
    const fault = said === '' ? say('desk.why.empty') : said.length > MOST ? say('wrong.long', { most: MOST }) : null
    setWrong(fault === null ? [] : [{ id, text: fault }])
    if (fault !== null) return
    act.run(async () => {
      await member.answering.explains(why, said)
      again()
    })
  }
  const left = daysLeft(why.due)
  return (
    <Form class="card" go={send} wrong={wrong}>
      <h2 class="nl-heading nl-heading--level-2">{of ? caseName(of) : say('desk.why.unknown')}</h2>
      <p class="nl-paragraph" id={`${id}-line`}>{say('desk.why.line', { moment: momentName(why.looked) })}</p>
      <figure class="quote">
        <figcaption class="quiet small">{say('desk.why.asked')}</figcaption>
        <blockquote id={`${id}-asked`}>{why.text}</blockquote>
      </figure>
      <p class={left <= 2 ? 'field__wrong' : 'quiet'}>{left < 0 ? say('desk.why.late') : say('desk.why.due', { date: dayName(why.due) })}</p>
      <div class={wrong.length > 0 ? 'field field--wrong' : 'field'}>
        <label class="utrecht-form-label" for={id}>
          {say('desk.why.answer')}
        </label>
        <Aside id={id} hint={say('desk.why.hint')} wrong={wrong[0]?.text} />
        <textarea id={id} class="utrecht-textbox utrecht-textbox--multiline" aria-describedby={`${id}-line ${id}-asked ${id}-hint${wrong[0] ? ` ${id}-wrong` : ''}`} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </div>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" type="submit" label={`${say('desk.why.go')}: ${of ? caseName(of) : say('desk.why.unknown')}`}>
          {say('desk.why.go')}
        </Button>
      </div>
    </Form>
  )
}
