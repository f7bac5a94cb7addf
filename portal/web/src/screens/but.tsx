// SPDX-License-Identifier: EUPL-1.2
// "Ja, maar…": less, shorter, only yes or no, talk first, later. What still answers the question is shared at once;
// anything else is an offer, and nothing is shared before the asker asks again.
import { useState } from 'preact/hooks'
import type { Choice as Answer } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { itemTitle } from '../show/given.tsx'
import { dayName, endAfter } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { type End, ends, sameEnd, shorterEnds } from './ends.ts'
import { Choice, Form } from './inputs.tsx'
import { Busy, Button, Trouble } from './parts.tsx'
import { type Act } from './working.tsx'
import type { Open } from './request.tsx'

type How = 'less' | 'shorter' | 'answer' | 'talk' | 'later'
const LATER = [7, 14, 30] // days
const MOST_NOTE = 280 // characters

interface Props {
  readonly open: Open
  readonly share: (choice: Answer, end: End) => void
  readonly act: Act
  readonly back: () => void
  readonly again: () => void
}

export function But({ open, share, act, back }: Props) {
  const app = useApp()
  const { asked, seen } = open
  const { name } = asked.request
  const [how, setHow] = useState<How | null>(null)
  const [picked, setPicked] = useState<readonly string[]>([])
  const [answers, setAnswers] = useState<Readonly<Record<string, boolean>>>({})
  const [end, setEnd] = useState<End | null>(null)
  const [fresh, setFresh] = useState(false)
  const [after, setAfter] = useState<number | null>(null)
  const [note, setNote] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const offered = seen.some((one) => one.item.kind === 'answer')
  const all: readonly How[] = ['less', 'shorter', ...(offered ? (['answer'] as const) : []), 'talk', 'later']
  const shown = seen.filter((one) => how !== 'answer' || one.item.kind === 'answer')
  const takesItems = how === 'less' || how === 'shorter' || how === 'answer'
  const whole = seen.every((one) => !one.item.required || picked.includes(one.item.ref))
  const atOnce = takesItems && whole && picked.length > 0 // it still answers the question: a yes

  const faults = (): { id: string; text: string }[] => {
    if (how === null) return [{ id: 'how-less', text: say('request.but.pick.one') }]
    if (note.length > MOST_NOTE) return [{ id: 'note', text: say('wrong.long', { most: MOST_NOTE }) }]
    if (how === 'later') return after === null ? [{ id: 'later-7', text: say('request.but.later.pick') }] : []
    if (how === 'talk') return []
    const found: { id: string; text: string }[] = []
    if (picked.length === 0) found.push({ id: `but-${shown[0]?.item.ref ?? ''}`, text: say('request.but.none') })
    for (const one of shown) {
      const unsaid = atOnce && one.item.kind === 'answer' && picked.includes(one.item.ref) && answers[one.item.ref] === undefined
      if (unsaid) found.push({ id: `but-${one.item.ref}-yes`, text: say('request.yes.answer', { title: told(one.title) }) })
    }
    if (end === null && (how === 'shorter' || atOnce)) found.push({ id: 'but-end-0', text: say('request.yes.until') })
    return found
  }

  const send = () => {
    const found = faults()
    setWrong(found)
    if (found.length > 0 || how === null) return
    if (atOnce && end) {
      share({ only: picked, until: end.until, once: end.once, answers, fromNowOn: fresh }, end)
      return
    }
    const said = note.trim() === '' ? {} : { note: note.trim() }
    act.run(async () => {
      if (how === 'talk') await app.person.offers(asked, { talkFirst: true, ...said })
      else if (how === 'later') await app.person.offers(asked, { askAfter: after, ...said })
      else await app.person.offers(asked, { only: picked, ...(end ? { until: end.until } : {}), ...said })
      app.waits = Math.max(0, app.waits - 1)
      app.said = say('request.offered')
      app.go('requests', true)
    })
  }

  const options = how === 'shorter' ? [...ends(asked).filter((one) => one.once), ...shorterEnds(asked)].slice(0, 4) : ends(asked)
  return (
    <Form class="stack stack--wide" go={send} wrong={wrong}>
      <fieldset class="utrecht-form-fieldset__fieldset">
        <legend class="nl-heading nl-heading--level-2">{say('request.but.lead')}</legend>
        {all.map((one) => (
          <Choice key={one} id={`how-${one}`} type="radio" name="how" boxed checked={how === one} onPick={() => setHow(one)} label={<strong>{say(`request.but.${one}`)}</strong>}>
            <p class="quiet small">{one === 'talk' ? say('request.but.talk.text', { name }) : say(`request.but.${one}.text`)}</p>
          </Choice>
        ))}
      </fieldset>
      {takesItems && (
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('request.but.pick')}</legend>
          {shown.map((one) => (
            <Choice key={one.item.ref} id={`but-${one.item.ref}`} type="checkbox" boxed checked={picked.includes(one.item.ref)} onPick={(on) => setPicked((before) => (on ? [...before, one.item.ref] : before.filter((each) => each !== one.item.ref)))} label={itemTitle(one)}>
              {one.item.kind === 'answer' && (
                <div class="row" role="radiogroup" aria-label={told(one.title)}>
                  <Choice id={`but-${one.item.ref}-yes`} type="radio" name={`but-${one.item.ref}-answer`} checked={answers[one.item.ref] === true} onPick={() => setAnswers((before) => ({ ...before, [one.item.ref]: true }))} label={say('app.yes')} />
                  <Choice id={`but-${one.item.ref}-no`} type="radio" name={`but-${one.item.ref}-answer`} checked={answers[one.item.ref] === false} onPick={() => setAnswers((before) => ({ ...before, [one.item.ref]: false }))} label={say('app.no')} />
                </div>
              )}
            </Choice>
          ))}
          {how === 'less' && seen.some((one) => one.item.kind === 'drawer') && asked.request.act === 'read' && <Choice id="fresh" type="checkbox" checked={fresh} onPick={setFresh} label={say('request.but.fresh')} />}
        </fieldset>
      )}
      {(how === 'shorter' || atOnce) && (
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('request.until')}</legend>
          {options.map((one, n) => (
            <Choice key={n} id={`but-end-${String(n)}`} type="radio" name="but-end" boxed checked={end !== null && sameEnd(end, one)} onPick={() => setEnd(one)} label={one.label} />
          ))}
        </fieldset>
      )}
      {how === 'later' && (
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('request.but.later.pick')}</legend>
          {LATER.map((days) => {
            const at = endAfter(Date.now() / 1000, days - 1)
            return <Choice key={days} id={`later-${String(days)}`} type="radio" name="later" boxed checked={after === at} onPick={() => setAfter(at)} label={say('request.but.later.date', { date: dayName(at) })} />
          })}
        </fieldset>
      )}
      {how !== null && !atOnce && (
        <div class="field">
          <label class="utrecht-form-label" for="note">
            {say('request.but.note')} <span class="quiet small">({say('item.optional')})</span>
          </label>
          <p class="quiet small" id="note-hint">
            {say('request.but.note.hint', { name })}
          </p>
          <textarea id="note" class="utrecht-textbox utrecht-textbox--multiline" aria-describedby="note-hint" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </div>
      )}
      {how !== null && <p class="nl-paragraph">{atOnce ? say('request.but.yes') : say('request.but.how', { name })}</p>}
      {act.busy && <Busy text={say('request.busy')} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button type="submit">{say(atOnce ? 'request.but.share' : 'request.but.send')}</Button>
        <Button onClick={back}>{say('app.cancel')}</Button>
      </div>
    </Form>
  )
}
