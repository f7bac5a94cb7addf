// SPDX-License-Identifier: EUPL-1.2
// Proofs: on the screen, on one A4, and as JSON-LD for a computer.
import type { Category, Purpose, Receipt } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { Checked } from '../show/tick.tsx'
import { dateName } from '../show/when.ts'
import { language, type Plain, say } from '../words/say.ts'
import { href, useApp } from './app.ts'
import { save } from './files.tsx'
import { Button, Note, Screen, StopButton } from './parts.tsx'
import { Load, useLoad } from './working.tsx'
import { ground } from '../show/purpose.ts'
import { drawerTitle } from './running.tsx'

const STATES: Readonly<Record<string, Plain>> = {
  ConsentRequested: 'receipts.state.requested',
  ConsentGiven: 'receipts.state.given',
  RenewedConsentGiven: 'receipts.state.given',
  ConsentRefused: 'receipts.state.refused',
  ConsentWithdrawn: 'receipts.state.withdrawn',
  ConsentRevoked: 'receipts.state.revoked',
  ConsentExpired: 'receipts.state.expired',
  ConsentInvalidated: 'receipts.state.invalidated',
}

function stateName(state: string): string {
  const key = STATES[state.replace(/^dpv:/, '')]
  return key ? say(key) : state
}

interface Told {
  readonly team: string
  readonly purpose: string
  readonly drawers: readonly string[]
  readonly basis: string
  readonly states: readonly { readonly name: string; readonly at: string }[]
  readonly until: string | null
}

/** What a screen shows of the JSON-LD (ISO/IEC TS 27560, DPV). */
function read(receipt: Receipt): Told {
  const body = receipt.jsonld as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const recipient = (body['dpv:hasRecipient'] ?? {}) as Record<string, unknown>
  const storage = (body['dpv:hasStorageCondition'] ?? {}) as Record<string, unknown>
  const states = (Array.isArray(body['dpv:hasConsentStatus']) ? body['dpv:hasConsentStatus'] : []) as Record<string, unknown>[]
  const until = /^until (\S+)$/.exec(text(storage['dpv:hasDuration']))
  return {
    team: text(recipient['dpv:hasName']),
    purpose: text(body['dpv:hasPurpose']),
    drawers: Array.isArray(body['dpv:hasPersonalData']) ? body['dpv:hasPersonalData'].map(text) : [],
    basis: text(body['dpv:hasLegalBasis']),
    states: states.map((one) => ({ name: text(one['@type']), at: text(one['dpv:isIndicatedAtTime']) })),
    until: until?.[1] ?? null,
  }
}

export function Receipts() {
  const app = useApp()
  const found = useLoad(async () => {
    const [receipts, categories] = await Promise.all([app.person.receipts(), app.person.categories()])
    return { receipts, categories }
  }, [])
  return (
    <Screen title={say('receipts.title')} lead={say('receipts.lead')}>
      <Load from={found}>
        {({ receipts, categories }) =>
          receipts.length === 0 ? (
            <section class="card">
              <p class="nl-paragraph">{say('receipts.empty')}</p>
            </section>
          ) : (
            <>
              {receipts.map((one) => {
                const its = read(one)
                return (
                  <article class="card card--link" key={one.id}>
                    <h2 class="nl-heading nl-heading--level-3">
                      <a class="cover" href={href(`receipts/${one.id}`)} aria-describedby={`of-${one.id}`}>
                        {say('receipts.one', { date: dateName(one.at) })}
                      </a>
                    </h2>
                    <p class="nl-paragraph" id={`of-${one.id}`}>
                      {its.team} · {its.drawers.map((drawer) => drawerTitle(drawer, categories)).join(', ')}
                    </p>
                    <p>
                      <span class="nl-data-badge">{stateName(one.state)}</span>
                    </p>
                  </article>
                )
              })}
            </>
          )
        }
      </Load>
    </Screen>
  )
}

export function OneReceipt() {
  const app = useApp()
  const [, id = ''] = app.path
  const found = useLoad(async () => {
    const [receipts, categories, given] = await Promise.all([app.person.receipts(), app.person.categories(), app.person.running()])
    const receipt = receipts.find((one) => one.id === id)
    const purpose = receipt ? await app.person.purpose(read(receipt).purpose) : null
    const own = given.find((one) => one.id === receipt?.grant)
    return { receipt, purpose, categories, running: own !== undefined && own.state !== 'ended', once: own?.kind === 'once' }
  }, [id])
  return (
    <Screen title={say('receipts.title')} back="receipts">
      <Load from={found}>{({ receipt, ...more }) => (receipt ? <Sheet receipt={receipt} {...more} /> : <Note kind="warning">{say('state.gone')}</Note>)}</Load>
    </Screen>
  )
}

interface SheetProps {
  readonly receipt: Receipt
  readonly purpose: Purpose | null
  readonly categories: readonly Category[]
  readonly running: boolean
  /** One look, and not after `until`. */
  readonly once: boolean
}

function Sheet({ receipt, purpose, categories, running, once }: SheetProps) {
  const its = read(receipt)
  const last = its.until === null ? null : dateName(Date.parse(its.until) / 1000 - 1)
  const rows: readonly (readonly [string, string])[] = [
    [say('receipts.who'), its.team],
    [say('receipts.what'), its.drawers.map((drawer) => drawerTitle(drawer, categories)).join(', ')],
    [say('receipts.what.for'), purpose ? `${told(purpose.title)}. ${told(purpose.why)}` : its.purpose],
    [say('receipts.ground'), purpose ? `${ground(purpose.ground)} (${purpose.article})` : its.basis],
    ...(last === null ? [] : [[say('receipts.until'), once ? say('receipts.once', { date: last }) : last] as const]),
    [say('receipts.state'), its.states.map(({ name, at }) => `${stateName(name)}, ${dateName(Date.parse(at) / 1000)}`).join('\n')],
    [say('receipts.number'), receipt.id],
  ]
  return (
    <>
      <article class="card card--print">
        <h2 class="nl-heading nl-heading--level-2">{say('receipts.one', { date: dateName(receipt.at) })}</h2>
        <dl class="values">
          {rows.map(([term, text]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        {purpose && (
          <section class="stack stack--tight">
            <h3 class="nl-heading nl-heading--level-3">{say('receipts.text')}</h3>
            <p class="exact quiet">{purpose.texts[language()].text}</p>
          </section>
        )}
        <p class="small">{say('receipts.rights')}</p>
        <p>
          <Checked>{say('receipts.checked')}</Checked>
        </p>
      </article>
      <div class="buttons">
        <Button kind="primary" onClick={() => print()}>
          {say('receipts.print')}
        </Button>
        <Button onClick={() => save(new Blob([`${JSON.stringify(receipt.jsonld, null, 2)}\n`], { type: 'application/ld+json' }), `${receipt.id}.jsonld`)}>{say('receipts.save')}</Button>
        {running && receipt.grant !== null && <StopButton grant={receipt.grant} team={its.team} />}
      </div>
    </>
  )
}
