// SPDX-License-Identifier: EUPL-1.2
// After an end: what was done with the data? Erased, or kept until a day under an article that the purpose names. She
// reads the answer; late ones are told to her.
import { useState } from 'preact/hooks'
import { told } from '../show/fields.ts'
import { dateName, dayName, daysLeft, midnight, readDay } from '../show/when.ts'
import { Choice, Fault, Form, TextLine } from '../screens/inputs.tsx'
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { drawersOf } from './case.tsx'
import { caseName } from './cases.tsx'
import type { Duty } from './shapes.ts'

export function Deletions() {
  const { member } = useDesk()
  const [said, setSaid] = useState(false)
  const found = useLoad(() => member.answering.duties(), [])
  const again = () => {
    setSaid(true)
    found[1]()
  }
  return (
    <Screen title={say('desk.deletion.title')} lead={say('desk.deletion.lead')}>
      {said && (
        <Note kind="ok" role="status">
          {say('desk.deletion.sent')}
        </Note>
      )}
      <Load from={found}>{(duties) => <Inside duties={duties} again={again} />}</Load>
    </Screen>
  )
}

function Inside({ duties, again }: { readonly duties: readonly Duty[]; readonly again: () => void }) {
  const open = duties.filter((one) => one.closed === null)
  const closed = duties.filter((one) => one.closed !== null)
  return (
    <>
      {open.length === 0 && <Note kind="ok">{say('desk.deletion.none')}</Note>}
      {open.map((one) => (
        <One key={one.grant} duty={one} again={again} />
      ))}
      {closed.length > 0 && (
        <section class="card">
          <h2 class="nl-heading nl-heading--level-2">{say('desk.deletion.done')}</h2>
          <ul class="lines">
            {closed.map((one) => (
              <li key={one.grant}>
                <p class="nl-paragraph">{nameOf(one)}</p>
                <p class="quiet small">{say('desk.deletion.answered', { date: dateName(one.closed ?? 0) })}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function nameOf({ case: of, granted }: Duty): string {
  return of ? caseName(of) : granted?.purpose ? told(granted.purpose.title) : say('desk.deletion.unknown')
}

function One({ duty, again }: { readonly duty: Duty; readonly again: () => void }) {
  const { member } = useDesk()
  const act = useAct()
  const [how, setHow] = useState<'erased' | 'kept' | null>(null)
  const [article, setArticle] = useState<string | null>(null)
  const [until, setUntil] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const id = `end-${duty.grant}`
  const articles = duty.granted?.purpose?.articles ?? []
  const send = () => {
    const found: { id: string; text: string }[] = []
    const day = readDay(until)
    const at = day === null ? null : endOf(day)
    if (how === null) found.push({ id: `${id}-erased`, text: say('desk.deletion.pick') })
    if (how === 'kept') {
      if (article === null) found.push({ id: `${id}-article-0`, text: say('desk.deletion.article.pick') })
      if (at === null) found.push({ id: `${id}-until`, text: say('wrong.date') })
      else if (at <= Date.now() / 1000) found.push({ id: `${id}-until`, text: say('desk.deletion.until.past') })
    }
    setWrong(found)
    if (found.length > 0) return
    const kept = how === 'kept' && at !== null && article !== null ? { until: at, article } : null
    act.run(async () => {
      await member.answering.closes(duty.grant, kept)
      again()
    })
  }
  const late = duty.due !== null && daysLeft(duty.due) < 0
  return (
    <Form class="card" go={send} wrong={wrong}>
      <h2 class="nl-heading nl-heading--level-2">{nameOf(duty)}</h2>
      <p class="nl-paragraph">{say('desk.deletion.line', { drawers: duty.granted ? drawersOf(duty.granted) : '', date: dateName(duty.asked) })}</p>
      {duty.due !== null && <p class={late ? 'field__wrong' : 'quiet'}>{late ? say('desk.deletion.late') : say('desk.deletion.due', { date: dayName(duty.due) })}</p>}
      {duty.granted?.purpose && <p class="quiet">{told(duty.granted.purpose.keep)}</p>}
      <fieldset class="utrecht-form-fieldset__fieldset">
        <legend>{say('desk.deletion.what')}</legend>
        <Fault wrong={wrong} id={`${id}-erased`} />
        <Choice id={`${id}-erased`} type="radio" name={id} boxed checked={how === 'erased'} onPick={() => setHow('erased')} label={say('desk.deletion.erased')}>
          <p class="quiet small">{say('desk.deletion.erased.text')}</p>
        </Choice>
        <Choice id={`${id}-kept`} type="radio" name={id} boxed checked={how === 'kept'} onPick={() => setHow('kept')} label={say('desk.deletion.kept')}>
          <p class="quiet small">{say('desk.deletion.kept.text')}</p>
        </Choice>
      </fieldset>
      {how === 'kept' && (
        <>
          <fieldset class="utrecht-form-fieldset__fieldset">
            <legend>{say('desk.deletion.article')}</legend>
            <Fault wrong={wrong} id={`${id}-article-0`} />
            {articles.map((one, n) => (
              <Choice key={one} id={`${id}-article-${String(n)}`} type="radio" name={`${id}-article`} checked={article === one} onPick={() => setArticle(one)} label={one} />
            ))}
          </fieldset>
          <TextLine id={`${id}-until`} label={say('desk.deletion.until')} hint={say('desk.deletion.until.hint')} wrong={wrong.find((one) => one.id === `${id}-until`)?.text} short value={until} onType={setUntil} />
        </>
      )}
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" type="submit" label={`${say('desk.deletion.go')}: ${nameOf(duty)}`}>
          {say('desk.deletion.go')}
        </Button>
      </div>
    </Form>
  )
}

/** "2027-01-12" as the end of that day. */
function endOf(day: string): number {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return midnight({ year, month, day: date + 1 })
}
