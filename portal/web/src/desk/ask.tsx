// SPDX-License-Identifier: EUPL-1.2
// The composer: choose the work process, and the least of it is chosen for you; nothing beyond the signed purpose can be
// added. Before it goes it is shown as the other side will see it, by the code that draws it there.
import { useState } from 'preact/hooks'
import type { Category, Purpose } from '../device/person.ts'
import { closedBy, AskedBy, QuestionSheet } from '../show/question.tsx'
import { told } from '../show/fields.ts'
import { itemTitle } from '../show/given.tsx'
import { ground } from '../show/purpose.ts'
import { endAfter, lastDay, readDay } from '../show/when.ts'
import { ends } from '../screens/ends.ts'
import { Aside, Choice, Fault, Form, TextLine } from '../screens/inputs.tsx'
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { type Composed, type Term, askedItems, overAsking, shareCode, terms } from './composing.ts'
import { askingRefused, moreThanAllowed } from './states.ts'

type Wrong = { readonly id: string; readonly text: string }
const MOST_NOTE = 280 // characters

export function Ask() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const [purposes, categories] = await Promise.all([member.register.purposes(), member.register.categories()])
    return { purposes, categories }
  }, [])
  return (
    <Screen title={say('desk.ask.title')} lead={say('desk.ask.lead')}>
      <Load from={found}>{(value) => <Composer {...value} />}</Load>
    </Screen>
  )
}

interface Inside {
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
}

function Composer({ purposes, categories }: Inside) {
  const { app, member } = useDesk()
  const act = useAct()
  const [purpose, setPurpose] = useState<Purpose | null>(null)
  const [all, setAll] = useState(false)
  const [extra, setExtra] = useState<readonly string[]>([])
  const [term, setTerm] = useState<Term | null>(null)
  const [appointment, setAppointment] = useState('')
  const [note, setNote] = useState('')
  const [label, setLabel] = useState('')
  const [by, setBy] = useState<'code' | 'bsn'>('code')
  const [to, setTo] = useState('')
  const [wrong, setWrong] = useState<readonly Wrong[]>([])
  const [seen, setSeen] = useState<Composed | null>(null)

  const choose = (one: Purpose) => {
    setPurpose(one)
    setAll(false) // what was chosen stands alone: the rest of the page is about it
    setExtra([]) // the least: what is not needed is added by hand
    setTerm(null)
    setWrong([])
  }
  const compose = (): Composed | null => {
    const found: Wrong[] = []
    if (!purpose) found.push({ id: 'purpose-0', text: say('desk.ask.purpose.pick') })
    else if (!term) found.push({ id: 'term-0', text: say('desk.ask.term.pick') })
    if (purpose && askedItems(purpose, extra).length === 0) found.push({ id: 'item-0', text: say('desk.ask.items.pick') })
    if (note.length > MOST_NOTE) found.push({ id: 'note', text: say('wrong.long', { most: MOST_NOTE }) })
    const address = by === 'code' ? shareCode(to) : bsn(to)
    if (purpose && address === null) found.push({ id: 'to', text: say(by === 'code' ? 'desk.ask.code.wrong' : 'desk.ask.bsn.wrong') })
    setWrong(found)
    if (found.length > 0 || !purpose || !term || address === null) return null
    const items = askedItems(purpose, extra)
    return { purpose, items, term, note: note.trim() === '' ? null : note.trim(), label: label.trim() === '' ? null : label.trim(), to: by === 'code' ? { shareCode: address } : { bsn: address } }
  }
  const look = () => {
    const composed = compose()
    if (composed) setSeen(composed)
  }
  const send = (composed: Composed) => {
    const over = overAsking(composed, member.register.roleFor(composed.purpose))
    if (over.length > 0) {
      act.tell(moreThanAllowed(over))
      return
    }
    act.run(
      async () => {
        const asked = await member.casework.asks(composed)
        app.said = say('desk.ask.sent', { code: asked.code.replace('-', '\u2011') })
        app.go(`case/${asked.id}`, true)
      },
      (error) => {
        const said = askingRefused(error)
        if (said === null) return false
        act.tell(said)
        return true
      },
    )
  }

  if (seen) return <Preview composed={seen} categories={categories} act={act} back={() => setSeen(null)} send={() => send(seen)} />
  const early = term !== null && purpose !== null && endsBefore(term, appointment)
  return (
    <Form class="stack stack--wide" go={look} wrong={wrong}>
      <fieldset class="utrecht-form-fieldset__fieldset">
        <legend class="nl-heading nl-heading--level-2">{say('desk.ask.purpose')}</legend>
        <p class="quiet">{say('desk.ask.purpose.lead')}</p>
        <Fault wrong={wrong} id="purpose-0" />
        {purposes.map((one, n) =>
          purpose === null || all || purpose.uri === one.uri ? (
            <Choice key={one.uri} id={`purpose-${String(n)}`} type="radio" name="purpose" boxed checked={purpose?.uri === one.uri} onPick={() => choose(one)} label={<strong>{told(one.title)}</strong>}>
              <p class="quiet small">{told(one.why)}</p>
              {one.act === 'deposit' && (
                <p>
                  <span class="nl-data-badge">{say('desk.purposes.act.deposit')}</span>
                </p>
              )}
            </Choice>
          ) : null,
        )}
        {purpose !== null && !all && purposes.length > 1 && (
          <div class="row">
            <Button onClick={() => setAll(true)}>{say('desk.ask.purpose.other')}</Button>
          </div>
        )}
      </fieldset>
      {purpose && (
        <>
          <Items purpose={purpose} extra={extra} pick={(ref, on) => setExtra((before) => (on ? [...before, ref] : before.filter((each) => each !== ref)))} />
          {purpose.act === 'read' && <Missing key={purpose.uri} purpose={purpose} purposes={purposes} categories={categories} />}
          <fieldset class="utrecht-form-fieldset__fieldset">
            <legend class="nl-heading nl-heading--level-2">{say('desk.ask.term')}</legend>
            <p class="quiet">{say('desk.ask.term.lead')}</p>
            <Fault wrong={wrong} id="term-0" />
            {terms(purpose).map((one, n) => (
              <Choice key={one.key} id={`term-${String(n)}`} type="radio" name="term" boxed checked={term?.key === one.key} onPick={() => setTerm(one)} label={termName(one)} />
            ))}
          </fieldset>
          <TextLine id="appointment" label={say('desk.ask.appointment')} extra={say('item.optional')} hint={say('desk.ask.appointment.hint')} short value={appointment} onType={setAppointment} />
          {early && (
            <Note kind="warning" role="status">
              {say('desk.ask.early')}
            </Note>
          )}
          <section class="card">
            <h2 class="nl-heading nl-heading--level-2">{say('desk.ask.ground')}</h2>
            <p class="nl-paragraph">{ground(purpose.ground)}</p>
            <p class="quiet small">{say('request.why.article', { article: purpose.article })}</p>
            <p class="quiet small">{say('desk.ask.ground.hint')}</p>
          </section>
          <Message note={note} setNote={setNote} wrong={wrong.find((one) => one.id === 'note')?.text} />
          <fieldset class="utrecht-form-fieldset__fieldset">
            <legend class="nl-heading nl-heading--level-2">{say('desk.ask.to')}</legend>
            <Choice id="to-code" type="radio" name="by" boxed checked={by === 'code'} onPick={() => setBy('code')} label={say('desk.ask.by.code')}>
              <p class="quiet small">{say('desk.ask.by.code.text')}</p>
            </Choice>
            <Choice id="to-bsn" type="radio" name="by" boxed checked={by === 'bsn'} onPick={() => setBy('bsn')} label={say('desk.ask.by.bsn')}>
              <p class="quiet small">{say('desk.ask.by.bsn.text')}</p>
            </Choice>
            <TextLine id="to" label={say(by === 'code' ? 'desk.ask.code' : 'desk.ask.bsn')} wrong={wrong.find((one) => one.id === 'to')?.text} short inputMode={by === 'bsn' ? 'numeric' : 'text'} autocapitalize="characters" spellcheck={false} value={to} onType={setTo} />
          </fieldset>
          <TextLine id="label" label={say('desk.case.name')} extra={say('item.optional')} hint={say('desk.case.name.hint')} value={label} onType={setLabel} />
        </>
      )}
      <div class="buttons">
        <Button kind="primary" type="submit">
          {say('desk.ask.look')}
        </Button>
      </div>
    </Form>
  )
}

function Message({ note, setNote, wrong }: { readonly note: string; readonly setNote: (text: string) => void; readonly wrong: string | undefined }) {
  return (
    <div class={wrong ? 'field field--wrong' : 'field'}>
      <label class="utrecht-form-label" for="note">
        {say('desk.ask.note')} <span class="quiet small">({say('item.optional')})</span>
      </label>
      <Aside id="note" hint={say('desk.ask.note.hint')} wrong={wrong} />
      <textarea id="note" class="utrecht-textbox utrecht-textbox--multiline" aria-describedby={wrong ? 'note-hint note-wrong' : 'note-hint'} aria-invalid={wrong ? 'true' : undefined} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
    </div>
  )
}

/** What the purpose lists. What it needs is asked; what is extra is added by hand, one by one. */
function Items({ purpose, extra, pick }: { readonly purpose: Purpose; readonly extra: readonly string[]; readonly pick: (ref: string, on: boolean) => void }) {
  const needed = purpose.items.filter((item) => item.required)
  const optional = purpose.items.filter((item) => !item.required)
  const brings = purpose.act === 'deposit'
  const name = (item: Listed) => (brings ? say('desk.bring.into', { title: told(item.title) }) : itemName(item))
  return (
    <section class="stack">
      <h2 class="nl-heading nl-heading--level-2">{say(brings ? 'desk.ask.items.bring' : 'desk.ask.items')}</h2>
      <p class="quiet">{say(brings ? 'desk.bring.never' : 'desk.ask.items.lead')}</p>
      {needed.length > 0 && (
        <ul class="stack stack--tight">
          {needed.map((item) => (
            <li class="choice choice--fixed" key={item.ref}>
              {name(item)}
              <span class="nl-data-badge">{say('desk.ask.needed')}</span>
            </li>
          ))}
        </ul>
      )}
      {optional.length > 0 && (
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('desk.ask.extra')}</legend>
          {optional.map((item, n) => (
            <Choice key={item.ref} id={`item-${String(n)}`} type="checkbox" boxed checked={extra.includes(item.ref)} onPick={(on) => pick(item.ref, on)} label={name(item)}>
              {!brings && <p class="quiet small">{say(`desk.ask.kind.${item.kind}`)}</p>}
            </Choice>
          ))}
        </fieldset>
      )}
    </section>
  )
}

/** What is not in the purpose cannot be added; this says so, and where it does belong. */
function Missing({ purpose, purposes, categories }: { readonly purpose: Purpose; readonly purposes: readonly Purpose[]; readonly categories: readonly Category[] }) {
  const [wanted, setWanted] = useState('')
  const lists = (one: Purpose, ref: string) => one.items.some((item) => item.kind === 'drawer' && item.ref === ref)
  const others = closedBy(purpose.items, categories)
  const found = others.find((one) => one.id === wanted)
  const elsewhere = purposes.filter((one) => one.act === 'read' && lists(one, wanted)).map((one) => told(one.title))
  return (
    <div class="stack">
      <div class="field">
        <label class="utrecht-form-label" for="missing">
          {say('desk.ask.missing')}
        </label>
        <select id="missing" class="utrecht-select" value={wanted} onChange={(event) => setWanted(event.currentTarget.value)}>
          <option value="">{say('desk.ask.missing.none')}</option>
          {others.map((one) => (
            <option key={one.id} value={one.id}>
              {told(one.title)}
            </option>
          ))}
        </select>
      </div>
      {found && (
        <Note kind="warning" role="status">
          <p class="nl-paragraph">{say('desk.over.missing', { item: told(found.title), title: told(purpose.title) })}</p>
          <p class="nl-paragraph">{elsewhere.length > 0 ? say('desk.over.elsewhere', { titles: elsewhere.join(', ') }) : say('desk.over.nowhere')}</p>
        </Note>
      )}
    </div>
  )
}

interface PreviewProps {
  readonly composed: Composed
  readonly categories: readonly Category[]
  readonly act: ReturnType<typeof useAct>
  readonly back: () => void
  readonly send: () => void
}

/** The question as the other side will see it. */
function Preview({ composed, categories, act, back, send }: PreviewProps) {
  const { member } = useDesk()
  const { purpose, items, term, note } = composed
  const brings = purpose.act === 'deposit'
  const { listing } = member.register
  const face = { logo: listing?.logo ?? null, contact: listing?.contact ?? null, suspended: false }
  const asking = { face, name: member.name, role: member.register.roleFor(purpose), team: member.register.teamName, code: null, act: purpose.act, note, purpose, closed: closedBy(items, categories) }
  const row = (item: Composed['items'][number]) => (
    <p class="choice choice--boxed choice--shown" key={item.ref}>
      <strong>{brings ? say('request.item.deposit', { title: told(titled(purpose, item).title) }) : itemTitle({ item, title: titled(purpose, item).title })}</strong>
    </p>
  )
  const now = Math.floor(Date.now() / 1000)
  const listed = ends({ request: { knd: term.kind, nbf: now, ends: term.until(now) }, purpose })
  return (
    <>
      <section class="seen-as" aria-labelledby="preview">
        <h2 class="nl-heading nl-heading--level-2" id="preview">
          {say('desk.ask.preview')}
        </h2>
        <p class="quiet small">{say(brings ? 'desk.ask.preview.bring' : 'desk.ask.preview.lead')}</p>
        <AskedBy asking={asking} />
        <QuestionSheet
          asking={asking}
          needed={items.filter((item) => item.required).map(row)}
          extra={items.filter((item) => !item.required).map(row)}
          until={
            <ul class="stack stack--tight">
              {listed.map((one) => (
                <li class="choice choice--boxed choice--shown" key={one.label}>
                  {one.label}
                </li>
              ))}
            </ul>
          }
        />
      </section>
      <Note kind="info">{say('desk.ask.enough')}</Note>
      {act.busy && <Busy text={say('desk.ask.busy')} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" onClick={send}>
          {say('desk.ask.send')}
        </Button>
        <Button onClick={back}>{say('desk.ask.change')}</Button>
      </div>
    </>
  )
}

type Listed = Purpose['items'][number]

function titled(purpose: Purpose, item: { readonly kind: string; readonly ref: string }): Listed {
  const found = purpose.items.find((one) => one.kind === item.kind && one.ref === item.ref)
  if (!found) throw new Error('an item that the purpose does not list')
  return found
}

/** An item as it is called on the desk: "De hele la School", "Brief van de dokter". */
export function itemName(item: Listed): string {
  return item.kind === 'drawer' ? say('desk.item.drawer', { title: told(item.title) }) : told(item.title)
}

function termName(term: Term): string {
  if (term.kind === 'once') return say('desk.ask.term.once')
  const date = lastDay(term.until(Math.floor(Date.now() / 1000)))
  return term.every === null ? say('desk.ask.term.until', { count: term.days, date }) : say('desk.ask.term.every', { days: term.every, date })
}

/** Whether a term is over before the day that was typed. */
function endsBefore(term: Term, typed: string): boolean {
  const day = readDay(typed)
  if (day === null) return false
  const now = Math.floor(Date.now() / 1000)
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return term.until(now) < endAfter(Date.UTC(year, month - 1, date, 12) / 1000, 0)
}

/** Nine figures that pass the "elfproef"; null when they do not. */
function bsn(typed: string): string | null {
  const text = typed.replace(/[\s.-]/g, '')
  if (!/^\d{9}$/.test(text)) return null
  const weights = [9, 8, 7, 6, 5, 4, 3, 2, -1]
  return weights.reduce((sum, weight, at) => sum + weight * Number(text[at]), 0) % 11 === 0 ? text : null
}
