// SPDX-License-Identifier: EUPL-1.2
// Who may look, and stopping: one tap, also while the vault is locked.
import { useEffect, useState } from 'preact/hooks'
import type { Category, Given } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { dateName, daysLeft } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Busy, Button, ButtonLink, Note, Screen, StopButton, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'
import { givenLine, purposeTitle } from './purposes.ts'

const SOON = 14 // days

export function drawerTitle(category: string | null, categories: readonly Category[]): string {
  const found = categories.find((one) => one.id === category)
  return found ? told(found.title) : (category ?? '')
}

export function Running() {
  const app = useApp()
  const found = useLoad(async () => {
    const [given, categories] = await Promise.all([app.person.running(), app.person.categories()])
    return { given, categories }
  }, [])
  return (
    <Screen title={say('running.title')} {...(app.person.open ? {} : { back: 'unlock' })}>
      {!app.person.open && <Note kind="info">{say('running.locked')}</Note>}
      <Load from={found}>
        {({ given, categories }) => {
          const now = given.filter((one) => one.state !== 'ended')
          const over = given.filter((one) => one.state === 'ended')
          return (
            <>
              {now.length === 0 && (
                <section class="card">
                  <p class="nl-paragraph">{say('running.empty')}</p>
                  <div class="buttons">
                    <ButtonLink to="requests">{say('running.empty.go')}</ButtonLink>
                  </div>
                </section>
              )}
              {now.map((one) => (
                <One key={one.id} given={one} categories={categories} />
              ))}
              {over.length > 0 && (
                <details>
                  <summary>{say('running.over')}</summary>
                  <ul class="lines">
                    {over.map((one) => (
                      <li key={one.id}>{say('running.over.line', { team: one.teamName, drawer: one.drawers.map((drawer) => drawerTitle(drawer.category, categories)).join(', '), date: dateName(one.endedAt ?? one.ends) })}</li>
                    ))}
                  </ul>
                </details>
              )}
            </>
          )
        }}
      </Load>
    </Screen>
  )
}

const STATES = { waiting: 'running.state.waiting', paused: 'running.state.paused', 'review-due': 'running.state.review' } as const

function One({ given, categories }: { readonly given: Given; readonly categories: readonly Category[] }) {
  const purpose = purposeTitle(given)
  const left = daysLeft(given.ends)
  return (
    <article class="card">
      <h2 class="nl-heading nl-heading--level-2">{given.teamName}</h2>
      <ul class="stack stack--tight" id={`given-${given.id}`}>
        {given.drawers.map((drawer) => (
          <li key={drawer.id}>{givenLine(given, drawer, drawerTitle(drawer.category, categories))}</li>
        ))}
      </ul>
      <p class="row">
        {given.state !== 'running' && given.state !== 'ended' && <span class="nl-data-badge">{say(STATES[given.state])}</span>}
        {given.state === 'running' && given.kind !== 'once' && left <= SOON && <span class="nl-data-badge">{say('running.soon', { count: left })}</span>}
        {purpose !== null && <span class="quiet small">{say('running.whatfor', { title: purpose })}</span>}
      </p>
      <div class="buttons">
        <StopButton grant={given.id} team={given.teamName} kind="primary" described={`given-${given.id}`} />
      </div>
    </article>
  )
}

/** The stop itself. Coming here is the tap: it starts at once, and says what it did. */
export function Stop() {
  const app = useApp()
  const act = useAct()
  const [, id = ''] = app.path
  const [done, setDone] = useState<'signed' | 'asked' | null>(null)
  const stop = () =>
    act.run(async () => {
      const stopped = await app.person.stops(id)
      setDone(stopped?.rotated ? 'signed' : 'asked')
    })
  useEffect(stop, [id])
  return (
    <Screen title={say(done ? 'stop.title' : 'stop.busy')} back="running">
      {act.busy && <Busy text={say('stop.busy')} />}
      {act.said && (
        <>
          <Note kind="error" role="alert">
            {say('stop.failed')}
          </Note>
          <Trouble said={act.said} />
          <div class="buttons">
            <Button kind="primary" onClick={stop}>
              {say('app.again')}
            </Button>
          </div>
        </>
      )}
      {done && (
        <>
          <Note kind="ok" role="status">
            {say('stop.text')}
          </Note>
          <p class="nl-paragraph">{say('stop.erase')}</p>
          {done === 'asked' && <p class="nl-paragraph">{say('stop.later')}</p>}
          <div class="buttons">
            <ButtonLink to={app.person.open ? 'home' : 'unlock'} kind="primary">
              {say('app.done')}
            </ButtonLink>
            <ButtonLink to="running">{say('nav.running')}</ButtonLink>
          </div>
        </>
      )}
    </Screen>
  )
}

