// SPDX-License-Identifier: EUPL-1.2
// Opening what was allowed: the purpose stands here each time, is held against the grant by the registry, and is read by the
// person. A new tab signs in for just this. Every refusal is the same one page.
import { useState } from 'preact/hooks'
import type { AttachmentEntry, Record } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { GivenItems, type Shown } from '../show/given.tsx'
import type { Kinds } from '../show/record.tsx'
import { lastDay } from '../show/when.ts'
import { Picture, save, sizeOf } from '../screens/files.tsx'
import { Form, TextLine } from '../screens/inputs.tsx'
import { Busy, Button, ButtonLink, Note, Progress, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { drawersOf } from './case.tsx'
import { EndsSoon } from './cases.tsx'
import type { Granted, Looked } from './shapes.ts'
import { isClosed } from './states.ts'
import { useOpening } from './tab.tsx'

const MOST_REASON = 280 // characters

export function Open() {
  const { app, member } = useDesk()
  const [, id = ''] = app.path
  const found = useLoad(async () => {
    const [grants, kinds] = await Promise.all([member.casework.grants(), member.register.schemas()])
    const grant = grants.find((one) => one.id === id)
    if (grant?.act !== 'read' || grant.state === 'ended') app.go('closed', true)
    return { grant, kinds }
  }, [id])
  return (
    <Screen title={say('desk.open.title')} back="cases">
      <Load from={found}>{({ grant, kinds }) => grant && <Inside grant={grant} kinds={kinds} />}</Load>
    </Screen>
  )
}

function Inside({ grant, kinds }: { readonly grant: Granted; readonly kinds: Kinds }) {
  const { app, member } = useDesk()
  const act = useAct()
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const { opens, tab } = useOpening()
  const [looked, setLooked] = useState<readonly Looked[] | null>(null)
  const title = grant.purpose ? told(grant.purpose.title) : grant.purposeUri
  const asksReason = grant.purpose?.reason ?? false

  const open = () => {
    const said = reason.trim()
    const fault = asksReason && said === '' ? say('desk.open.reason.empty') : said.length > MOST_REASON ? say('wrong.long', { most: MOST_REASON }) : null
    setWrong(fault === null ? [] : [{ id: 'reason', text: fault }])
    if (fault !== null) return
    act.run(
      async () => {
        if (await opens(grant, said === '' ? null : said)) setLooked(await member.reading.looks(grant))
      },
      (error) => {
        if (!isClosed(error)) return false
        app.go('closed', true)
        return true
      },
    )
  }

  if (looked) return <Seen grant={grant} looked={looked} kinds={kinds} />
  return (
    <Form class="stack stack--wide" go={open} wrong={wrong}>
      <section class="card">
        <p class="nl-paragraph nl-paragraph--lead">{say('desk.open.line', { drawers: drawersOf(grant), title })}</p>
        <p class="quiet">{grant.kind === 'once' ? say('desk.open.once') : say('desk.open.until', { date: lastDay(grant.ends) })}</p>
        <EndsSoon grant={grant} />
        {asksReason && <TextLine id="reason" label={say('desk.open.reason')} hint={say('desk.open.reason.hint')} wrong={wrong[0]?.text} value={reason} onType={setReason} />}
      </section>
      {tab}
      {act.busy && tab === null && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" type="submit" icon="looked">
          {say('desk.open.go')}
        </Button>
      </div>
    </Form>
  )
}

/** What was opened, drawn as the person saw it under "Kijk als…". */
function Seen({ grant, looked, kinds }: { readonly grant: Granted; readonly looked: readonly Looked[]; readonly kinds: Kinds }) {
  const title = grant.purpose ? told(grant.purpose.title) : grant.purposeUri
  const shown = given(grant, looked)
  const files = looked.flatMap(({ records }) => records.flatMap((record) => record.att.map((entry) => ({ record, entry }))))
  return (
    <>
      <p class="quiet">{say('desk.open.read', { title })}</p>
      {shown.length === 0 ? (
        <section class="card">
          <p class="nl-paragraph">{say('desk.open.empty')}</p>
        </section>
      ) : (
        <div class="card given">
          <GivenItems items={shown} kinds={kinds} />
        </div>
      )}
      {files.length > 0 && (
        <section class="card">
          <h2 class="nl-heading nl-heading--level-2">{say('desk.open.files')}</h2>
          {files.map(({ record, entry }, n) => (
            <File key={entry.id} grant={grant} record={record} entry={entry} n={n} />
          ))}
        </section>
      )}
      <Note kind="info">{say('desk.open.seen')}</Note>
      <div class="buttons">
        <ButtonLink to={grant.request === null ? 'cases' : `case/${grant.request}`}>{say('app.done')}</ButtonLink>
      </div>
    </>
  )
}

/** Item by item, as the question listed them: a whole drawer, records by their kind, answers by their question. */
export function given(grant: Granted, looked: readonly Looked[]): readonly Shown[] {
  const listed = grant.purpose?.items ?? []
  return looked.flatMap(({ drawer, records }): Shown[] => {
    const title = (kind: string, ref: string) => listed.find((one) => one.kind === kind && one.ref === ref)?.title ?? { nl: ref, en: ref }
    if (drawer.whole) return [{ item: { kind: 'drawer', ref: drawer.category }, title: title('drawer', drawer.category), records, answer: null }]
    const answers = records.filter((one) => typeof one.body.q === 'string' && typeof one.body.val === 'boolean' && drawer.category === 'answers')
    const rest = records.filter((one) => !answers.includes(one))
    const kinds = [...new Set(rest.map((one) => one.sch))]
    return [
      ...kinds.map((sch): Shown => ({ item: { kind: 'record', ref: sch }, title: title('record', sch), records: rest.filter((one) => one.sch === sch), answer: null })),
      ...answers.map((one): Shown => {
        const ref = typeof one.body.q === 'string' ? one.body.q : ''
        return { item: { kind: 'answer', ref }, title: title('answer', ref), records: [], answer: one.body.val === true }
      }),
    ]
  })
}

/** One file of a record: fetched and verified when asked for. It is a look too. */
function File({ grant, record, entry, n }: { readonly grant: Granted; readonly record: Record; readonly entry: AttachmentEntry; readonly n: number }) {
  const { member } = useDesk()
  const act = useAct()
  const [blob, setBlob] = useState<Blob | null>(null)
  const [picture, setPicture] = useState<ImageBitmap | null>(null)
  const [done, setDone] = useState({ done: 0, total: 0 })
  const name = String(n + 1)
  const look = () =>
    act.run(async () => {
      const found = await member.reading.fetches(grant.id, record, entry, (so, all) => setDone({ done: so, total: all }))
      setBlob(found)
      setPicture(await createImageBitmap(found).catch(() => null))
    })
  return (
    <div class="stack">
      {picture && <Picture bitmap={picture} label={say('item.file.picture', { name })} />}
      {act.busy && done.total > 0 && <Progress done={done.done} total={done.total} label={say('desk.open.file.bar')} text={say('desk.open.file.busy', { done: sizeOf(done.done), total: sizeOf(done.total) })} />}
      {act.said && <Trouble said={act.said} again={look} />}
      <div class="buttons">
        {!blob && <Button onClick={look}>{say('item.file.see', { name })}</Button>}
        {blob && <Button onClick={() => save(blob, `kluisje-${name}`)}>{say('item.file.open')}</Button>}
      </div>
    </div>
  )
}

/** One page for every refusal: stopped, over, another's, paused or never there. They look alike on purpose. */
export function Closed() {
  return (
    <Screen title={say('desk.closed.title')} lead={say('desk.closed.lead')} back="cases">
      <p class="nl-paragraph">{say('desk.closed.text')}</p>
      <div class="buttons">
        <ButtonLink to="ask" kind="primary">
          {say('desk.closed.ask')}
        </ButtonLink>
        <ButtonLink to="cases">{say('desk.nav.cases')}</ButtonLink>
      </div>
    </Screen>
  )
}
