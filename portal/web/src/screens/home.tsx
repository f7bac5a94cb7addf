// SPDX-License-Identifier: EUPL-1.2
// Home: what waits, what ends soon, the drawers. Each visit the device first does its own work (`visits`).
import { useEffect } from 'preact/hooks'
import type { Asked, Filed, Given, Person } from '../device/person.ts'
import { Vault } from '../show/icon.tsx'
import { daysLeft, dateName, lastDay } from '../show/when.ts'
import { say, shorter } from '../words/say.ts'
import { useApp } from './app.ts'
import { Cabinet, type DrawerRow, drawerRows } from './cabinet.tsx'
import { Button, ButtonLink, Note, Screen, StopButton, To, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'
import { phone } from './states.tsx'

const SOON = 14 // days: from here on an end is told

interface Found {
  readonly filed: Filed
  readonly asked: readonly Asked[]
  readonly given: readonly Given[]
  readonly rows: readonly DrawerRow[]
  readonly paused: boolean
  readonly erasure: number | null
  readonly strangers: number
}

async function look(person: Person): Promise<Found> {
  const filed = await person.visits()
  const [band, asked, given, categories, pauses, erasure, strangers] = await Promise.all([
    person.ageBand(),
    person.requests(),
    person.running(),
    person.categories(),
    person.paused(),
    person.erasure(),
    person.strangers(),
  ])
  shorter(band === '12-15' || band === 'under-12')
  const rows = await drawerRows(person, categories, given)
  return { filed, asked, given, rows, paused: pauses.some((one) => one.grant === null), erasure, strangers: strangers.length }
}

export function Home() {
  const app = useApp()
  const found = useLoad(() => look(app.person), [])
  const waits = found[0].state === 'done' ? found[0].value.asked.length : app.waits
  useEffect(() => {
    if (waits !== app.waits) {
      app.waits = waits
      app.again()
    }
  }, [waits])
  return (
    <Screen title={say('home.title')}>
      <Load from={found}>{(value) => <Inside found={value} again={found[1]} />}</Load>
    </Screen>
  )
}

function Inside({ found, again }: { readonly found: Found; readonly again: () => void }) {
  const app = useApp()
  const act = useAct()
  const running = found.given.filter((one) => one.state === 'running')
  const soon = running.filter((one) => one.kind !== 'once' && daysLeft(one.ends) <= SOON)
  const first = found.asked[0]
  const { erasure } = found
  const filled = found.rows.filter((one) => one.count > 0) // the others stand under "Laden"
  return (
    <>
      {found.strangers > 0 && (
        <Note kind="error" role="alert">
          {say('home.alarm', { phone: phone(app.person) })}
        </Note>
      )}
      {act.said && <Trouble said={act.said} />}
      {erasure !== null && (
        <Note kind="warning">
          <p class="nl-paragraph">{say('home.erasing', { date: dateName(erasure) })}</p>
          <div class="buttons">
            <Button
              onClick={() =>
                act.run(async () => {
                  await app.person.keepsEverything()
                  again()
                })
              }
            >
              {say('home.erasing.go')}
            </Button>
          </div>
        </Note>
      )}
      {found.paused && (
        <Note kind="info">
          <p class="nl-paragraph">{say('home.paused')}</p>
          <p>
            <To to="pause">{say('home.paused.go')}</To>
          </p>
        </Note>
      )}
      {found.filed.doubtful.length > 0 && (
        <Note kind="error" role="alert">
          {say('home.doubtful', { count: found.filed.doubtful.length })}
        </Note>
      )}
      {found.filed.records.length > 0 && (
        <Note kind="ok">
          <p class="nl-paragraph">{say('home.new', { count: found.filed.records.length })}</p>
        </Note>
      )}
      <section class={first ? 'waits' : running.length > 0 ? 'card' : 'stack stack--tight'}>
        <h2 class="nl-heading nl-heading--level-2">{say('home.waits', { requests: found.asked.length })}</h2>
        <p class="nl-paragraph">{say('home.people', { count: new Set(running.map((one) => one.team)).size })}</p>
        {(first || running.length > 0) && (
          <div class="buttons">
            {first && (
              <ButtonLink to={`request/${first.id}`} kind="primary">
                {say('home.first')}
              </ButtonLink>
            )}
            {running.length > 0 && <ButtonLink to="running">{say('home.running')}</ButtonLink>}
          </div>
        )}
      </section>
      {soon.length > 0 && (
        <section class="card">
          <h2 class="nl-heading nl-heading--level-2">{say('home.ends')}</h2>
          <ul class="lines">
            {soon.map((one) => (
              <li key={one.id}>
                <p class="nl-paragraph" id={`ends-${one.id}`}>
                  {say('home.ends.text', { team: one.teamName, date: lastDay(one.ends) })}
                </p>
                <div class="buttons">
                  <StopButton grant={one.id} team={one.teamName} described={`ends-${one.id}`} />
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      {filled.length === 0 ? (
        <section class="card start">
          <Vault large />
          <div class="stack">
            <h2 class="nl-heading nl-heading--level-2">{say('home.start')}</h2>
            <p class="nl-paragraph">{say('home.start.text')}</p>
            <div class="buttons">
              <ButtonLink to="drawers" kind="primary">
                {say('home.start.go')}
              </ButtonLink>
            </div>
          </div>
        </section>
      ) : (
        <section class="stack">
          <div class="row row--apart">
            <h2 class="nl-heading nl-heading--level-2">{say('home.drawers')}</h2>
            <To to="drawers">{say('home.all')}</To>
          </div>
          <Cabinet rows={filled} />
        </section>
      )}
    </>
  )
}
