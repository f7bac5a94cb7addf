// SPDX-License-Identifier: EUPL-1.2
// The cases of the team: what asks for an answer first, then what runs and until when. No values, nothing of a person.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { told } from '../show/fields.ts'
import { dayName, daysLeft, lastDay } from '../show/when.ts'
import { Choice } from '../screens/inputs.tsx'
import { ButtonLink, Note, Screen, To } from '../screens/parts.tsx'
import { Load, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import type { AskedWhy, Case, Duty, Granted } from './shapes.ts'

const SOON = 7 // days: from here on an end is told

export function Cases() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const [cases, whys, duties] = await Promise.all([member.casework.cases(), member.answering.whys(), member.answering.duties()])
    return { cases, whys, duties }
  }, [])
  return (
    <Screen title={say('desk.cases.title')} lead={say('desk.cases.lead')}>
      <Load from={found}>{(value) => <Inside {...value} />}</Load>
    </Screen>
  )
}

interface Found {
  readonly cases: readonly Case[]
  readonly whys: readonly AskedWhy[]
  readonly duties: readonly Duty[]
}

function Inside({ cases, whys, duties }: Found) {
  const { member } = useDesk()
  const [mine, setMine] = useState(false)
  const own = mine ? cases.filter((one) => one.holder === null || one.holder === member.subject) : cases
  const running = own.filter((one) => runningOf(one) !== null)
  const bringing = running.filter((one) => runningOf(one)?.act === 'deposit')
  const countered = own.filter((one) => one.state === 'countered')
  const open = own.filter((one) => one.state === 'open')
  const over = own.filter((one) => !running.includes(one) && !countered.includes(one) && !open.includes(one))
  const unanswered = whys.filter((one) => !one.answered).length
  const owed = duties.filter((one) => one.closed === null).length
  return (
    <>
      {unanswered + owed > 0 && (
        <section class="waits">
          <h2 class="nl-heading nl-heading--level-2">{say('desk.cases.waits', { count: unanswered + owed })}</h2>
          <div class="buttons">
            {unanswered > 0 && <ButtonLink to="why">{say('desk.cases.whys', { count: unanswered })}</ButtonLink>}
            {owed > 0 && <ButtonLink to="deletion">{say('desk.cases.duties', { count: owed })}</ButtonLink>}
          </div>
        </section>
      )}
      {cases.length === 0 ? (
        <section class="card">
          <p class="nl-paragraph">{say('desk.cases.empty')}</p>
          <div class="buttons">
            <ButtonLink to="ask" kind="primary">
              {say('desk.cases.ask')}
            </ButtonLink>
          </div>
        </section>
      ) : (
        <Choice id="mine" type="checkbox" checked={mine} onPick={setMine} label={say('desk.cases.mine')} />
      )}
      <Group title={say('desk.cases.countered')} cases={countered} />
      <Group title={say('desk.cases.running')} cases={running.filter((one) => !bringing.includes(one))} />
      <Group title={say('desk.cases.bringing')} cases={bringing} />
      <Group title={say('desk.cases.open')} cases={open} />
      {over.length > 0 && (
        <details>
          <summary>{say('desk.cases.over', { count: over.length })}</summary>
          <Group title={null} cases={over} />
        </details>
      )}
    </>
  )
}

function Group({ title, cases }: { readonly title: string | null; readonly cases: readonly Case[] }) {
  if (cases.length === 0) return null
  return (
    <section class="stack">
      {title !== null && <h2 class="nl-heading nl-heading--level-2">{title}</h2>}
      <ul class="lines card">
        {cases.map((one) => (
          <li key={one.id}>
            <p class="nl-paragraph">
              <To to={`case/${one.id}`}>{caseName(one)}</To>
            </p>
            <p class="row">
              <State one={one} />
              <span class="quiet small">{say('desk.cases.by', { name: one.asked.name, title: one.purpose ? told(one.purpose.title) : '' })}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What the organisation calls a case, with the code that both sides see. */
export function caseName(one: Case): string {
  const code = one.code.replace('-', '\u2011')
  return one.name === null ? say('desk.case.code', { code }) : say('desk.case.named', { name: one.name, code })
}

/** The grant of a case that runs, if one does. */
export function runningOf(one: Case): Granted | null {
  return one.grants.find((grant) => grant.state === 'running') ?? null
}

function Badge({ kind, children }: { readonly kind: 'open' | 'soon' | 'quiet'; readonly children: ComponentChildren }) {
  return <span class={kind === 'soon' ? 'nl-data-badge state state--soon' : kind === 'open' ? 'nl-data-badge state state--open' : 'nl-data-badge state'}>{children}</span>
}

/** How a case stands, in words, and its end in days. */
export function State({ one }: { readonly one: Case }) {
  const grant = runningOf(one)
  if (grant) {
    const left = daysLeft(grant.ends)
    if (grant.kind === 'once') return <Badge kind="open">{say('desk.state.once')}</Badge>
    return left <= SOON ? <Badge kind="soon">{say('desk.state.soon', { count: left })}</Badge> : <Badge kind="open">{say('desk.state.until', { date: lastDay(grant.ends) })}</Badge>
  }
  switch (one.state) {
    case 'open':
      return <Badge kind="quiet">{say('desk.state.open', { date: dayName(one.expires) })}</Badge>
    case 'countered':
      return <Badge kind="soon">{say('desk.state.countered')}</Badge>
    case 'granted':
      return <Badge kind="quiet">{say('desk.state.ended')}</Badge>
    case 'no-answer':
      return <Badge kind="quiet">{say('desk.state.noanswer')}</Badge>
    case 'taken-back':
      return <Badge kind="quiet">{say('desk.state.back')}</Badge>
  }
}

/** That a grant ends before a day that matters, in a box. */
export function EndsSoon({ grant }: { readonly grant: Granted }) {
  const left = daysLeft(grant.ends)
  if (grant.kind === 'once' || left > SOON) return null
  return <Note kind="warning">{say('desk.open.soon', { count: left })}</Note>
}
