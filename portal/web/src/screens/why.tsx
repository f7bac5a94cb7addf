// SPDX-License-Identifier: EUPL-1.2
// "Waarom keek je?" with the team's signed answer, and what teams still owe after the end: did they erase it?
import { useState } from 'preact/hooks'
import type { Line, Owed, Why } from '../device/person.ts'
import { dateName } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Choice, Form } from './inputs.tsx'
import { Busy, Button, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'

const MOST = 280 // characters of a question

interface Props {
  readonly line: Line
  readonly team: string
  /** What was asked about this line already. */
  readonly whys: readonly Why[]
  readonly again: () => void
}

/** What was asked about a line, or the button to ask. */
export function Ask({ line, team, whys, again }: Props) {
  const [open, setOpen] = useState(false)
  if (open)
    return (
      <AskWhy
        line={line}
        team={team}
        done={(asked) => {
          setOpen(false)
          if (asked) again()
        }}
      />
    )
  if (whys.length > 0)
    return (
      <>
        {whys.map((why) => (
          <Answer key={why.id} why={why} team={team} />
        ))}
      </>
    )
  return (
    <div class="row">
      <Button kind="subtle" described={`line-${String(line.n)} at-line-${String(line.n)}`} onClick={() => setOpen(true)}>
        {say('looked.why')}
      </Button>
    </div>
  )
}

function Answer({ why, team }: { readonly why: Why; readonly team: string }) {
  return (
    <figure class="quote stack stack--tight">
      <figcaption class="quiet small">{say('looked.why.asked', { text: why.text })}</figcaption>
      {why.answer === null ? (
        <p class="nl-paragraph">{say(why.state === 'open' ? 'looked.why.wait' : 'looked.why.none', { date: dateName(why.due) })}</p>
      ) : (
        <>
          <p class="quiet small">{say('looked.why.answer', { team })}</p>
          <blockquote>{why.answer}</blockquote>
        </>
      )}
    </figure>
  )
}

/** Three ready questions, or one's own. */
function AskWhy({ line, team, done }: { readonly line: Line; readonly team: string; readonly done: (asked: boolean) => void }) {
  const app = useApp()
  const act = useAct()
  const [picked, setPicked] = useState<number | null>(null)
  const [own, setOwn] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const ready = [say('looked.why.one'), say('looked.why.two'), say('looked.why.three')]
  const id = `why-${String(line.n)}`
  const send = () => {
    const text = own.trim() || (picked === null ? '' : (ready[picked] ?? ''))
    const fault = text === '' ? say('looked.why.empty') : text.length > MOST ? say('wrong.long', { most: MOST }) : null
    setWrong(fault === null ? [] : [{ id: text === '' ? `${id}-0` : `${id}-own`, text: fault }])
    if (fault !== null) return
    act.run(async () => {
      await app.person.asksWhy(line, text)
      done(true)
    })
  }
  return (
    <Form class="stack" go={send} wrong={wrong}>
      <fieldset class="utrecht-form-fieldset__fieldset">
        <legend>{say('looked.why')}</legend>
        <p class="quiet">{say('looked.why.lead', { team })}</p>
        {ready.map((text, n) => (
          <Choice key={n} id={`${id}-${String(n)}`} type="radio" name={id} checked={picked === n} onPick={() => setPicked(n)} label={text} />
        ))}
      </fieldset>
      <div class="field">
        <label class="utrecht-form-label" for={`${id}-own`}>
          {say('looked.why.own')}
        </label>
        <textarea id={`${id}-own`} class="utrecht-textbox utrecht-textbox--multiline" value={own} onInput={(event) => setOwn(event.currentTarget.value)} />
      </div>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button type="submit">{say('looked.why.send')}</Button>
        <Button onClick={() => done(false)}>{say('app.cancel')}</Button>
      </div>
    </Form>
  )
}

/** What teams must say after the end: did they erase it, or keep it, and until when. */
export function Deletions({ owed }: { readonly owed: readonly Owed[] }) {
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('looked.owed')}</h2>
      <ul class="lines">
        {owed.map((one) => (
          <li key={one.grant} class={one.overdue && one.answer === null ? 'field__wrong' : ''}>
            {owedLine(one)}
          </li>
        ))}
      </ul>
    </section>
  )
}

function owedLine({ answer, teamName: team, until, article, overdue, due }: Owed): string {
  if (answer === 'erased') return say('looked.owed.erased', { team })
  if (answer === 'kept') return say('looked.owed.kept', { team, date: until === null ? '' : dateName(until), article: article ?? '' })
  return overdue ? say('looked.owed.late', { team }) : say('looked.owed.wait', { team, date: dateName(due) })
}
