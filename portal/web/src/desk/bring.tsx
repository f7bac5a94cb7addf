// SPDX-License-Identifier: EUPL-1.2
// Bringing a paper to somebody's drawer: which kind, its facts (typed, or from a file of the own system), files as they are.
// The page seals it; who brings never reads it back, and the words say so before and after.
import { useState } from 'preact/hooks'
import type { Schema } from '../device/person.ts'
import { fits } from '../device/fitting.ts'
import type { Body } from '../formats/authorship.ts'
import { told } from '../show/fields.ts'
import { lastDay, momentName } from '../show/when.ts'
import { FileField, save } from '../screens/files.tsx'
import { RecordForm, type Values } from '../screens/form.tsx'
import { Button, ButtonLink, Note, Progress, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { drawersOf } from './case.tsx'
import { EndsSoon } from './cases.tsx'
import type { Granted, Receipt, Underway } from './shapes.ts'
import { bringingRefused, isClosed } from './states.ts'
import { useOpening } from './tab.tsx'

const LARGEST = 1024 * 1024 // bytes of a file with facts; a record is far smaller

/** A kind of paper that may lie in a drawer of the grant. */
interface Kind {
  readonly drawer: string
  readonly schema: Schema
}
type Kinds = readonly Kind[]
type Progressing = (done: number, total: number) => void

export function Bring() {
  const { app, member } = useDesk()
  const [, id = ''] = app.path
  const found = useLoad(async () => {
    const [grants, categories, schemas] = await Promise.all([member.casework.grants(), member.register.categories(), member.register.schemas()])
    const grant = grants.find((one) => one.id === id)
    if (grant?.act !== 'deposit' || grant.state === 'ended') {
      app.go('closed', true)
      return null
    }
    const kinds = grant.drawers.flatMap((drawer): Kinds => {
      const own = categories.find((one) => one.id === drawer.category)?.schemas ?? []
      return own.flatMap((uri) => schemas.get(uri) ?? []).map((schema) => ({ drawer: drawer.id, schema }))
    })
    return { grant, kinds, underway: await member.depositing.underway(grant) }
  }, [id])
  return (
    <Screen title={say('desk.bring.title')} back="cases">
      <Load from={found}>{(value) => value && <Inside {...value} again={found[1]} />}</Load>
    </Screen>
  )
}

interface InsideProps {
  readonly grant: Granted
  readonly kinds: Kinds
  readonly underway: readonly Underway[]
  readonly again: () => void
}

function Inside({ grant, kinds, underway, again }: InsideProps) {
  const { app, member } = useDesk()
  const { opens, tab } = useOpening()
  const [kind, setKind] = useState<Kind | null>(null)
  const [facts, setFacts] = useState<{ readonly body: Values; readonly from: string } | null>(null)
  const [late, setLate] = useState<Underway | null>(null) // it is brought anew, under its own id
  const [receipt, setReceipt] = useState<Receipt | null>(null)
  const [said, setSaid] = useState<string | null>(null)
  const title = grant.purpose ? told(grant.purpose.title) : grant.purposeUri

  /** Signs in for this drawer where that is still to be done; then brings. What is refused is said here. */
  const within = async (drawer: string, bring: () => Promise<Receipt>) => {
    setSaid(null)
    try {
      if (!(await member.depositing.ready(grant, drawer)) && !(await opens(grant, null))) return
      setReceipt(await bring())
    } catch (error) {
      const text = bringingRefused(error)
      if (text !== null) setSaid(text)
      else if (isClosed(error)) app.go('closed', true)
      else throw error
    }
  }
  const choose = (one: Kind | null, from: typeof facts = null) => {
    setKind(one)
    setFacts(from)
    setSaid(one === null && from === null ? null : said)
  }
  if (receipt) return <Received grant={grant} kinds={kinds} receipt={receipt} again={again} />
  const n = kind === null ? -1 : kinds.indexOf(kind)
  return (
    <>
      <section class="card">
        <p class="nl-paragraph nl-paragraph--lead">{say('desk.bring.line', { drawers: drawersOf(grant), title })}</p>
        <p class="nl-paragraph">{say('desk.bring.never')}</p>
        <p class="quiet">{say('desk.bring.until', { date: lastDay(grant.ends) })}</p>
        <EndsSoon grant={grant} />
      </section>
      {underway.map((one) => (
        <OnItsWay
          key={one.rid}
          one={one}
          kinds={kinds}
          again={again}
          goOn={(progress) => within(one.drawer, () => member.depositing.goesOn(one, progress))}
          anew={() => {
            setLate(one)
            choose(kinds.find((each) => each.schema.id === one.kind && each.drawer === one.drawer) ?? null)
          }}
        />
      ))}
      <div class="field">
        <label class="utrecht-form-label" for="kind">
          {say('desk.bring.kind')}
        </label>
        <select id="kind" class="utrecht-select" value={String(n)} onChange={(event) => choose(kinds[Number(event.currentTarget.value)] ?? null)}>
          <option value="-1">{say('item.choose')}</option>
          {kinds.map(({ schema }, at) => (
            <option key={schema.id} value={String(at)}>
              {told(schema.title)}
            </option>
          ))}
        </select>
      </div>
      <FromFile
        take={(body, from) => {
          const one = [...(kind ? [kind] : []), ...kinds].find(({ schema }) => fits(schema.document, body)) ?? null
          if (one) choose(one, { body, from })
          setSaid(one ? null : say('desk.bring.from.wrong'))
        }}
        refuse={() => setSaid(say('desk.bring.from.wrong'))}
      />
      {tab}
      {said !== null && <Trouble said={{ text: said, alarm: false, offline: false }} />}
      {kind && (
        <>
          {facts && (
            <Note kind="info" role="status">
              {say('desk.bring.from.done', { name: facts.from })}
            </Note>
          )}
          <RecordForm
            key={`${String(n)} ${facts?.from ?? ''}`}
            schema={kind.schema}
            body={facts?.body ?? {}}
            words={{ go: say('desk.bring.go'), busy: say('desk.bring.busy'), files: say('desk.bring.files') }}
            save={(body, files, progress) =>
              within(kind.drawer, () => member.depositing.brings(grant, { drawer: kind.drawer, kind: kind.schema.id, body: body as Body, files, rid: late?.rid ?? null }, progress))
            }
          />
        </>
      )}
    </>
  )
}

/** Facts from a file of the own system: one JSON object, as the record type says. It is looked at before it goes. */
function FromFile({ take, refuse }: { readonly take: (body: Values, from: string) => void; readonly refuse: () => void }) {
  const read = async (file: File) => {
    try {
      const found: unknown = file.size > LARGEST ? null : JSON.parse(await file.text())
      if (typeof found !== 'object' || found === null || Array.isArray(found)) refuse()
      else take(found as Values, file.name)
    } catch {
      refuse() // no JSON
    }
  }
  return (
    <FileField id="facts" label={say('desk.bring.from')} hint={say('desk.bring.from.hint')} file={null} picked={(file) => void read(file)} />
  )
}

function nameOf(kinds: Kinds, uri: string): string {
  const found = kinds.find(({ schema }) => schema.id === uri)
  return found ? told(found.schema.title) : uri
}

interface OnItsWayProps {
  readonly one: Underway
  readonly kinds: Kinds
  readonly again: () => void
  readonly goOn: (progress: Progressing) => Promise<void>
  readonly anew: () => void
}

/** A paper that was on its way when the page was closed. */
function OnItsWay({ one, kinds, again, goOn, anew }: OnItsWayProps) {
  const { member } = useDesk()
  const act = useAct()
  const [far, setFar] = useState({ done: 0, total: 0 })
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.bring.underway', { kind: nameOf(kinds, one.kind) })}</h2>
      <p class="nl-paragraph">{say(`desk.bring.underway.${one.state}`)}</p>
      {act.busy && <Progress done={far.done} total={far.total} label={say('upload.bar')} text={say('upload.percent', { percent: far.total === 0 ? 0 : Math.floor((far.done / far.total) * 100) })} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        {one.state === 'on' && (
          <Button kind="primary" onClick={() => act.run(() => goOn((done, total) => setFar({ done, total })))}>
            {say('desk.bring.on')}
          </Button>
        )}
        {one.state === 'wait' && <Button onClick={again}>{say('desk.case.look')}</Button>}
        {one.state === 'late' && <Button onClick={anew}>{say('desk.bring.anew')}</Button>}
        <Button
          kind="subtle"
          onClick={() =>
            act.run(async () => {
              await member.depositing.forgets(one)
              again()
            })
          }
        >
          {say('desk.bring.forget')}
        </Button>
      </div>
    </section>
  )
}

/** It is in: the receipt, which is all that who brings ever sees of it. */
function Received({ grant, kinds, receipt, again }: { readonly grant: Granted; readonly kinds: Kinds; readonly receipt: Receipt; readonly again: () => void }) {
  return (
    <>
      <Note kind="ok" role="status">
        <p class="nl-paragraph">{say('desk.bring.done', { kind: nameOf(kinds, receipt.kind) })}</p>
        <p class="nl-paragraph">{say('desk.bring.receipt', { moment: momentName(receipt.at), index: receipt.index })}</p>
      </Note>
      <p class="nl-paragraph">{say('desk.bring.gone')}</p>
      <div class="buttons">
        <Button kind="primary" onClick={() => save(receipt.file, 'ontvangstbewijs.json')}>
          {say('desk.bring.receipt.save')}
        </Button>
        <Button onClick={again}>{say('desk.bring.more')}</Button>
        <ButtonLink to={grant.request === null ? 'cases' : `case/${grant.request}`}>{say('app.done')}</ButtonLink>
      </div>
    </>
  )
}
