// SPDX-License-Identifier: EUPL-1.2
// The inbox, and the share code that lets one team ask once.
import { useState } from 'preact/hooks'
import type { Asked } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { Initial } from '../show/icon.tsx'
import { lastDay } from '../show/when.ts'
import { say } from '../words/say.ts'
import { href, useApp } from './app.ts'
import { Busy, Button, Screen, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'

export function Requests() {
  const app = useApp()
  const found = useLoad(() => app.person.requests(true), [])
  return (
    <Screen title={say('requests.title')} lead={say('requests.lead')}>
      <Load from={found}>
        {(all) => {
          const open = all.filter((one) => one.state === 'open')
          const over = all.filter((one) => one.state !== 'open')
          return (
            <>
              {open.length === 0 ? (
                <section class="card">
                  <p class="nl-paragraph">{say('requests.empty')}</p>
                </section>
              ) : (
                <section class="stack">
                  <h2 class="nl-heading nl-heading--level-2">{say('requests.open')}</h2>
                  {open.map((one) => (
                    <Row key={one.id} asked={one} />
                  ))}
                </section>
              )}
              <ShareCode />
              {over.length > 0 && (
                <details>
                  <summary>{say('requests.over')}</summary>
                  <div class="stack">
                    {over.map((one) => (
                      <Row key={one.id} asked={one} />
                    ))}
                  </div>
                </details>
              )}
            </>
          )
        }}
      </Load>
    </Screen>
  )
}

function Row({ asked }: { readonly asked: Asked }) {
  return (
    <article class="card card--link who">
      <Initial of={asked.request.name} />
      <h3 class="nl-heading nl-heading--level-3">
        <a class="cover" href={href(`request/${asked.id}`)} aria-describedby={`for-${asked.id}`}>
          {say('requests.one', { name: asked.request.name, team: asked.asker.name })}
        </a>
      </h3>
      <p class="nl-paragraph" id={`for-${asked.id}`}>
        {told(asked.purpose.title)}
      </p>
      <p class="row">
        <span class="nl-data-badge">{say(`requests.state.${asked.state}`)}</span>
        {asked.state === 'open' && <span class="quiet small">{say('requests.until', { date: lastDay(asked.expiresAt) })}</span>}
      </p>
    </article>
  )
}

function ShareCode() {
  const app = useApp()
  const act = useAct()
  const [code, setCode] = useState<string | null>(null)
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('requests.code')}</h2>
      <p class="nl-paragraph">{say('requests.code.lead')}</p>
      {code !== null && (
        <div role="status" class="stack stack--tight">
          <p class="quiet small">{say('requests.code.yours')}</p>
          <p class="code" translate={false}>
            {code}
          </p>
          <p class="quiet small">{say('requests.code.days')}</p>
        </div>
      )}
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button onClick={() => act.run(async () => setCode(await app.person.shareCode()))}>{say('requests.code')}</Button>
      </div>
    </section>
  )
}
