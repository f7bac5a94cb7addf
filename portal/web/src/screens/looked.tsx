// SPDX-License-Identifier: EUPL-1.2
// "Wie keek?": every look and every refused try, each with the tick that says: checked on this device.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Before, Category, Line, Log, Owed, Why } from '../device/person.ts'
import { LineTick } from '../show/tick.tsx'
import { momentName } from '../show/when.ts'
import { type Plain, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Note, Screen } from './parts.tsx'
import { Load, useLoad } from './working.tsx'
import { purposeTitle } from './purposes.ts'
import { drawerTitle } from './running.tsx'
import { Ask, Deletions } from './why.tsx'
import { phone } from './states.tsx'

export function Looked() {
  const app = useApp()
  const found = useLoad(async () => {
    const [log, categories, whys, owed, before] = await Promise.all([app.person.history(), app.person.categories(), app.person.askedWhy(), app.person.owed(), app.person.before()])
    return { log, categories, whys, owed, before }
  }, [])
  return (
    <Screen title={say('looked.title')} lead={say('looked.lead')}>
      <Load from={found}>{(value) => <Lines {...value} again={found[1]} />}</Load>
    </Screen>
  )
}

interface Group {
  readonly line: Line
  readonly times: number
}

/** Repeats one after the other become one row on the screen; in the log each stays. */
export function grouped(lines: readonly Line[]): readonly Group[] {
  const found: Group[] = []
  for (const line of lines) {
    const last = found.at(-1)
    if (last && line.isLook && alike(last.line, line)) found[found.length - 1] = { line: last.line, times: last.times + 1 }
    else found.push({ line, times: 1 })
  }
  return found
}

function alike(one: Line, other: Line): boolean {
  const drawers = (line: Line) => line.drawers.map(({ id }) => id).join()
  return one.outcome === other.outcome && one.by === other.by && one.grant === other.grant && one.why === other.why && one.tick === other.tick && drawers(one) === drawers(other)
}

interface Inside {
  readonly log: Log
  readonly categories: readonly Category[]
  readonly whys: readonly Why[]
  readonly owed: readonly Owed[]
  readonly before: readonly Before[]
  readonly again: () => void
}

function Lines({ log, categories, whys, owed, before, again }: Inside) {
  const app = useApp()
  const [own, setOwn] = useState(false)
  if (!log.sound) return <Note kind="error" role="alert">{say('state.log', { phone: phone(app.person) })}</Note>
  const lines = grouped(log.lines.filter((line) => own || line.isLook))
  const all = log.lines.every((line) => line.tick === 'checked')
  return (
    <>
      {log.lines.length > 0 && all && <p class="quiet">{say('looked.all', { count: log.lines.length })}</p>}
      {owed.length > 0 && <Deletions owed={owed} />}
      {lines.length === 0 ? (
        <section class="card">
          <p class="nl-paragraph">{say(before.length > 0 ? 'looked.before.here' : 'looked.empty')}</p>
        </section>
      ) : (
        <section class="card">
          <Groups lines={lines} categories={categories} id="line">
            {(line) => <Ask line={line} team={line.byName ?? say('looked.unknown')} whys={whys.filter((one) => one.line === line.n)} again={again} />}
          </Groups>
        </section>
      )}
      {before.map((one, at) => (
        <Earlier key={one.host} before={one} own={own} categories={categories} id={`before-${String(at)}`} />
      ))}
      <div class="choice">
        <input id="own" type="checkbox" checked={own} onChange={(event) => setOwn(event.currentTarget.checked)} />
        <label for="own">{say('looked.own.show')}</label>
      </div>
      <details>
        <summary>{say('looked.tick.title')}</summary>
        <p class="nl-paragraph">{say('looked.tick')}</p>
      </details>
    </>
  )
}

interface GroupsProps {
  readonly lines: readonly Group[]
  readonly categories: readonly Category[]
  /** What the ids of these lines begin with. */
  readonly id: string
  /** What goes under a look that a team can be asked about. */
  readonly children?: (line: Line) => ComponentChildren
}

function Groups({ lines, categories, id, children }: GroupsProps) {
  return (
    <ul class="lines">
      {lines.map(({ line, times }) => (
        <li key={line.n}>
          <p class="nl-paragraph line__said" id={`${id}-${String(line.n)}`}>
            {sentence(line, categories)}
          </p>
          {line.why !== null && <p class="quiet">{say(WHY_NOT[line.why] ?? 'whynot.other')}</p>}
          {line.purpose && line.isLook && <p class="quiet small">{say('running.whatfor', { title: purposeTitle(line) ?? '' })}</p>}
          <p class="row">
            <span class="quiet small" id={`at-${id}-${String(line.n)}`}>
              {momentName(line.at)}
            </span>
            {times > 1 && <span class="nl-data-badge">{say('looked.times', { count: times })}</span>}
            <LineTick tick={line.tick} />
          </p>
          {line.isLook && line.by !== null && line.grant !== null && children?.(line)}
        </li>
      ))}
    </ul>
  )
}

/** Who looked where she was before. Nobody there can be asked why from here. */
function Earlier({ before, own, categories, id }: { readonly before: Before; readonly own: boolean; readonly categories: readonly Category[]; readonly id: string }) {
  const app = useApp()
  const lines = grouped(before.lines.filter((line) => own || line.isLook))
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('looked.before', { place: before.host })}</h2>
      {!before.sound && <Note kind="error">{say('looked.before.wrong', { phone: phone(app.person) })}</Note>}
      {before.sound && lines.length === 0 && <p class="nl-paragraph">{say('looked.before.none')}</p>}
      {lines.length > 0 && <Groups lines={lines} categories={categories} id={id} />}
    </section>
  )
}

const WHY_NOT: Readonly<Record<string, Plain>> = {
  ended: 'whynot.ended',
  withdrawn: 'whynot.withdrawn',
  paused: 'whynot.paused',
  used: 'whynot.used',
  'not-yet': 'whynot.not-yet',
  'other-drawer': 'whynot.other-drawer',
  'other-record': 'whynot.other-drawer',
  'purpose-differs': 'whynot.purpose-differs',
  'too-often': 'whynot.too-often',
  'not-assented': 'whynot.not-assented',
  'review-due': 'whynot.review-due',
  'organisation-suspended': 'whynot.suspended',
  'application-suspended': 'whynot.suspended',
  'caseworker-suspended': 'whynot.suspended',
}

const OWN: Readonly<Record<string, Plain>> = {
  'vault-grant+jwt': 'looked.own.grant',
  'vault-revoke+jwt': 'looked.own.revoke',
  'vault-epoch+jwt': 'looked.own.epoch',
  'vault-card+jwt': 'looked.own.card',
  'vault-person+jwt': 'looked.own.person',
}

/** What happened, in a sentence. */
function sentence(line: Line, categories: readonly Category[]): string {
  const team = line.byName ?? say('looked.unknown')
  const drawers = line.drawers.map((one) => drawerTitle(one.category, categories)).join(', ')
  switch (line.outcome) {
    case 'read':
      return say('looked.read', { team, drawers })
    case 'deposit':
      return say('looked.deposit', { team, drawers })
    case 'refused':
      return say('looked.refused', { team })
    case 'recover':
      return say('looked.recover')
    case 'stop':
      return say('looked.own.stop')
    case 'statement':
      return line.of === 'vault-closing+jwt' ? say('looked.own.closing', { team }) : say(OWN[line.of ?? ''] ?? 'looked.own.other')
  }
}
