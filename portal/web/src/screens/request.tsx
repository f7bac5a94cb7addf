// SPDX-License-Identifier: EUPL-1.2
// The consent screen, top to bottom: who asks, what exactly with the real values, what for, why it is allowed, what
// stays closed, until when, what a no means, how to stop, her screen as it will be, and three equal answers.
//
// Nothing is chosen beforehand, and a no costs as much as a yes: one press.
import { useState } from 'preact/hooks'
import { type Asked, type Category, type Choice as Answer, NotNow, NoPrf, type Schema, type Seen, Unfit } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { GivenItems, itemTitle } from '../show/given.tsx'
import { AskedBy, type Asking as Drawn, closedBy, QuestionSheet } from '../show/question.tsx'
import { Thing } from '../show/record.tsx'
import { lastDay } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { But } from './but.tsx'
import { type End, ends, sameEnd } from './ends.ts'
import { Choice, Summary } from './inputs.tsx'
import { Busy, Button, ButtonLink, Note, Screen, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'
import { phone } from './states.tsx'

export interface Open {
  readonly asked: Asked
  readonly seen: readonly Seen[]
  readonly schemas: ReadonlyMap<string, Schema>
  readonly categories: readonly Category[]
  /** The log fits: only then may anything be shared. */
  readonly sound: boolean
}

export function Request() {
  const app = useApp()
  const [, id = ''] = app.path
  const found = useLoad(async (): Promise<Open> => {
    const asked = await app.person.request(id)
    const [seen, schemas, categories, log] = await Promise.all([app.person.shows(asked), app.person.schemas(), app.person.categories(), app.person.whoLooked()])
    return { asked, seen, schemas, categories, sound: log.sound }
  }, [id])
  const name = found[0].state === 'done' ? found[0].value.asked.request.name : null
  return (
    <Screen title={name === null ? say('requests.title') : say('request.title', { name })} back="requests">
      <Load from={found}>{(open) => <Question open={open} again={found[1]} />}</Load>
    </Screen>
  )
}

function Question({ open, again }: { readonly open: Open; readonly again: () => void }) {
  const app = useApp()
  const { asked } = open
  if (!open.sound) return <Note kind="error" role="alert">{say('state.log', { phone: phone(app.person) })}</Note>
  const over = asked.state === 'granted' || asked.state === 'waiting' || asked.state === 'countered'
  if (over || asked.state === 'expired' || asked.state === 'taken-back') return <Answered open={open} />
  return <Asking open={open} again={again} />
}

/** What became of a question. */
function Answered({ open }: { readonly open: Open }) {
  const { asked, categories } = open
  const text = {
    granted: say('requests.state.granted'),
    waiting: say('request.waiting', { who: say('request.waiting.other') }),
    countered: say('request.offered'),
    expired: say('request.gone'),
    'taken-back': say('request.gone'),
  }
  return (
    <>
      <AskedBy asking={asking(asked, categories)} />
      <Note kind="info">{text[asked.state as keyof typeof text]}</Note>
      {asked.state === 'granted' && (
        <div class="buttons">
          <ButtonLink to="running">{say('nav.running')}</ButtonLink>
        </div>
      )}
    </>
  )
}

/** A question as it is drawn: here, and at the desk before it is sent. */
function asking(asked: Asked, categories: readonly Category[]): Drawn {
  const { name, role, act, note, items } = asked.request
  const { name: team, listing, suspended } = asked.asker
  const face = { logo: listing?.logo ?? null, contact: listing?.contact ?? null, suspended }
  return { name, role, act, note, team, face, code: asked.code, purpose: asked.purpose, closed: closedBy(items, categories) }
}

function Asking({ open, again }: { readonly open: Open; readonly again: () => void }) {
  const app = useApp()
  const act = useAct()
  const { asked, seen } = open
  const { name } = asked.request
  const drawn = asking(asked, open.categories)
  const [picked, setPicked] = useState<readonly string[]>([])
  const [answers, setAnswers] = useState<Readonly<Record<string, boolean>>>({})
  const [end, setEnd] = useState<End | null>(null)
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const [but, setBut] = useState(false)
  const pick = (ref: string, on: boolean) => setPicked((before) => (on ? [...before, ref] : before.filter((one) => one !== ref)))

  const share = (choice: Answer, chosen: End) =>
    act.run(
      async () => {
        await app.person.allows(asked, choice)
        app.waits = Math.max(0, app.waits - 1)
        const now = await app.person.request(asked.id)
        const waiting = now.state === 'waiting'
        app.said = waiting ? say('request.waiting', { who: say('request.waiting.other') }) : chosen.once ? say('request.shared.once', { name }) : say('request.shared', { date: lastDay(chosen.until) })
        app.go('running', true)
      },
      (error) => {
        if (error instanceof Unfit) act.tell(say('request.record.missing'))
        else if (error instanceof NotNow || error instanceof NoPrf) act.tell(say('request.touch.no'))
        else return false
        return true
      },
    )

  const yes = () => {
    const faults: { id: string; text: string }[] = []
    if (picked.length === 0) faults.push({ id: itemId(0), text: say('request.yes.items') })
    else
      seen.forEach((one, n) => {
        if (one.item.required && !picked.includes(one.item.ref)) faults.push({ id: itemId(n), text: say('request.yes.needed', { title: itemTitle(one) }) })
        if (one.item.kind === 'answer' && picked.includes(one.item.ref) && answers[one.item.ref] === undefined) faults.push({ id: `${itemId(n)}-yes`, text: say('request.yes.answer', { title: told(one.title) }) })
      })
    if (!end) faults.push({ id: 'end-0', text: say('request.yes.until') })
    setWrong(faults)
    if (faults.length > 0 || !end) return
    share({ only: picked, until: end.until, once: end.once, answers }, end)
  }

  const no = () =>
    act.run(async () => {
      await app.person.saysNo(asked)
      app.waits = Math.max(0, app.waits - 1)
      app.said = say('request.no.done')
      app.go('requests', true)
    })

  if (but) return <But open={open} share={share} act={act} back={() => setBut(false)} again={again} />
  const needed = seen.map((one, n) => ({ one, n })).filter(({ one }) => one.item.required)
  const extra = seen.map((one, n) => ({ one, n })).filter(({ one }) => !one.item.required)
  const rows = (some: typeof needed) => some.map(({ one, n }) => <ItemRow key={n} n={n} seen={one} deposit={asked.request.act === 'deposit'} schemas={open.schemas} picked={picked.includes(one.item.ref)} pick={(on) => pick(one.item.ref, on)} answer={answers[one.item.ref]} say_={(value) => setAnswers((before) => ({ ...before, [one.item.ref]: value }))} />)
  const options = ends(asked)
  return (
    <>
      <AskedBy asking={drawn} />
      <Summary wrong={wrong} />
      <QuestionSheet
        asking={drawn}
        needed={rows(needed)}
        extra={rows(extra)}
        until={
          <fieldset class="utrecht-form-fieldset__fieldset">
            <legend class="quiet">{say('request.until.lead')}</legend>
            {options.map((one, n) => (
              <Choice key={n} id={`end-${String(n)}`} type="radio" name="end" boxed checked={end !== null && sameEnd(end, one)} onPick={() => setEnd(one)} label={one.label}>
                {one.once && <p class="quiet small">{say('request.until.once.text')}</p>}
              </Choice>
            ))}
          </fieldset>
        }
      />
      {asked.request.act === 'read' && <LookAs open={open} choice={{ only: picked, answers }} />}
      <section class="stack" aria-labelledby="answer">
        <h2 class="nl-heading nl-heading--level-2" id="answer">
          {say('request.answer')}
        </h2>
        {asked.sensitive && <p class="nl-paragraph">{say('request.yes.touch')}</p>}
        {act.busy && <Busy text={say('request.busy')} />}
        {act.said && <Trouble said={act.said} />}
        <div class="equal">
          <Button onClick={yes}>{say('request.yes')}</Button>
          <Button onClick={() => setBut(true)}>{say('request.yesbut')}</Button>
          <Button onClick={no}>{say('request.nogo')}</Button>
        </div>
      </section>
    </>
  )
}

function itemId(n: number): string {
  return `item-${String(n)}`
}

interface ItemProps {
  readonly n: number
  readonly seen: Seen
  readonly deposit: boolean
  readonly schemas: ReadonlyMap<string, Schema>
  readonly picked: boolean
  readonly pick: (on: boolean) => void
  readonly answer: boolean | undefined
  readonly say_: (value: boolean) => void
}

/** One item with the exact values that a yes to it opens. */
function ItemRow({ n, seen, deposit, schemas, picked, pick, answer, say_ }: ItemProps) {
  const id = itemId(n)
  const title = deposit ? say('request.item.deposit', { title: told(seen.title) }) : itemTitle(seen)
  return (
    <Choice id={id} type="checkbox" boxed checked={picked} onPick={pick} label={<strong>{title}</strong>}>
      {!deposit && (
        <div class="stack stack--tight">
          {seen.item.kind === 'answer' && (
            <fieldset class="utrecht-form-fieldset__fieldset">
              <legend class="quiet small">{say('request.answer.lead')}</legend>
              <div class="row">
                <Choice id={`${id}-yes`} type="radio" name={`${id}-answer`} checked={answer === true} onPick={() => say_(true)} label={say('app.yes')} />
                <Choice id={`${id}-no`} type="radio" name={`${id}-answer`} checked={answer === false} onPick={() => say_(false)} label={say('app.no')} />
              </div>
            </fieldset>
          )}
          {seen.item.kind === 'drawer' && <p class="quiet small">{say('request.drawer.later')}</p>}
          {seen.item.kind !== 'answer' && seen.records.length === 0 && <p class="nl-paragraph">{say(seen.item.kind === 'drawer' ? 'request.drawer.empty' : 'request.record.none')}</p>}
          {seen.item.kind !== 'answer' && seen.records.length > 0 && (
            <details open>
              <summary>{say('request.see')}</summary>
              <div class="stack">
                {seen.records.map((record) => (
                  <Thing key={record.rid} record={record} kinds={schemas} level={4} />
                ))}
              </div>
            </details>
          )}
        </div>
      )}
    </Choice>
  )
}

/** The asker's own screen, drawn here by the code that draws it there. */
function LookAs({ open, choice }: { readonly open: Open; readonly choice: Answer }) {
  const app = useApp()
  const act = useAct()
  const [seen, setSeen] = useState<readonly Seen[] | null>(null)
  const { name } = open.asked.request
  const look = () => act.run(async () => setSeen((choice.only ?? []).length === 0 ? [] : await app.person.shows(open.asked, choice)))
  return (
    <section class="stack">
      <div class="buttons">
        <Button icon="looked" onClick={look}>
          {say('request.look', { name })}
        </Button>
      </div>
      {act.said && <Trouble said={act.said} />}
      {seen !== null && (
        <div class="seen-as" role="region" aria-live="polite" aria-label={say('request.look.title', { name })}>
          <h2 class="nl-heading nl-heading--level-2">{say('request.look.title', { name })}</h2>
          <p class="quiet small">{say('request.look.lead')}</p>
          {seen.length === 0 ? <p class="nl-paragraph">{say('request.look.nothing', { name })}</p> : <GivenItems items={seen} kinds={open.schemas} />}
        </div>
      )}
    </section>
  )
}
