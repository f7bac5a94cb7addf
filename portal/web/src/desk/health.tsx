// SPDX-License-Identifier: EUPL-1.2
// Whether the parts answer, what waits, and how this team stands in the register.
import { dateName, momentName } from '../show/when.ts'
import { Button, Note, Screen } from '../screens/parts.tsx'
import { Load, useLoad } from '../screens/working.tsx'
import { role } from '../show/purpose.ts'
import { Checked } from '../show/tick.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'

export function Health() {
  const { member } = useDesk()
  const found = useLoad(() => member.answering.health(), [])
  return (
    <Screen title={say('desk.health.title')} lead={say('desk.health.lead')}>
      <Load from={found}>
        {({ desk, gateway, waits, late }) => (
          <>
            <section class="card">
              <dl class="values">
                <div>
                  <dt>{say('desk.health.desk')}</dt>
                  <dd>{say('desk.health.time', { count: Math.round(desk) })}</dd>
                </div>
                <div>
                  <dt>{say('desk.health.gateway')}</dt>
                  <dd>{say('desk.health.time', { count: Math.round(gateway) })}</dd>
                </div>
                <div>
                  <dt>{say('desk.health.waits')}</dt>
                  <dd>{say('desk.health.count', { count: waits })}</dd>
                </div>
              </dl>
            </section>
            {late > 0 ? <Note kind="error">{say('desk.health.late', { count: late })}</Note> : <Note kind="ok">{say('desk.health.good')}</Note>}
            <div class="buttons">
              <Button onClick={found[1]}>{say('desk.health.again')}</Button>
            </div>
          </>
        )}
      </Load>
    </Screen>
  )
}

export function Organisations() {
  const { member } = useDesk()
  const found = useLoad(() => member.register.listed(), [])
  return (
    <Screen title={say('desk.org.title')} lead={say('desk.org.lead')}>
      <Load from={found}>
        {(one) => (
          <section class="card">
            <h2 class="nl-heading nl-heading--level-2">{one.name}</h2>
            <p>
              <Checked>{say('desk.org.checked')}</Checked>
            </p>
            <dl class="values">
              <div>
                <dt>{say('desk.org.number')}</dt>
                <dd class="mono">{one.team}</dd>
              </div>
              {one.listing && (
                <>
                  <div>
                    <dt>{say('desk.org.role')}</dt>
                    <dd>{role(one.listing.role)}</dd>
                  </div>
                  <div>
                    <dt>{say('desk.org.address')}</dt>
                    <dd>{one.listing.address}</dd>
                  </div>
                  <div>
                    <dt>{say('desk.org.contact')}</dt>
                    <dd>{one.listing.contact}</dd>
                  </div>
                </>
              )}
              <div>
                <dt>{say('desk.org.counts')}</dt>
                <dd>{momentName(one.counts)}</dd>
              </div>
            </dl>
            {one.suspended && <Note kind="error">{say('desk.org.suspended')}</Note>}
            <p class="quiet">{say('desk.org.today', { date: dateName(Math.floor(Date.now() / 1000)) })}</p>
          </section>
        )}
      </Load>
    </Screen>
  )
}
