// SPDX-License-Identifier: EUPL-1.2
// Whether the parts answer, what waits, and whether a stop shuts the door: tried on a case that is there for it.
import { useState } from 'preact/hooks'
import { NotProven } from '../device/person.ts'
import { Choice } from '../screens/inputs.tsx'
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { caseName, runningOf } from './cases.tsx'
import type { Case, Granted, StopTested } from './shapes.ts'
import { isClosed } from './states.ts'
import { useOpening } from './tab.tsx'

export function Health() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const [parts, cases] = await Promise.all([member.answering.health(), member.casework.cases()])
    return { ...parts, cases }
  }, [])
  return (
    <Screen title={say('desk.health.title')} lead={say('desk.health.lead')}>
      <Load from={found}>
        {({ desk, gateway, waits, late, cases }) => (
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
            <StopTest cases={cases} />
          </>
        )}
      </Load>
    </Screen>
  )
}

/** A real stop of a case that may end: opened first, then stopped, then looked at again. */
function StopTest({ cases }: { readonly cases: readonly Case[] }) {
  const { member } = useDesk()
  const act = useAct()
  const [chosen, choose] = useState<string | null>(null)
  const [outcome, setOutcome] = useState<StopTested | 'open' | null>(null)
  const { opens, tab } = useOpening()
  const running = cases.flatMap((one): { readonly one: Case; readonly grant: Granted }[] => {
    const grant = runningOf(one)
    return grant?.act === 'read' ? [{ one, grant }] : []
  })
  const test = () => {
    const found = running.find(({ grant }) => grant.id === chosen)
    if (!found) {
      act.tell(say('desk.health.stop.pick'))
      return
    }
    act.run(
      async () => {
        if (await opens(found.grant, found.grant.purpose?.reason ? say('desk.health.stop') : null)) setOutcome(await member.reading.testsStop(found.grant))
      },
      (error) => {
        if (error instanceof NotProven && error.reason === 'still-open') setOutcome('open')
        else if (isClosed(error)) act.tell(say('desk.health.stop.closed'))
        else return false
        return true
      },
    )
  }
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.health.stop')}</h2>
      <p class="nl-paragraph">{say('desk.health.stop.how')}</p>
      {outcome === null && running.length === 0 && <p class="quiet">{say('desk.health.stop.none')}</p>}
      {outcome === null && running.length > 0 && (
        <>
          <fieldset class="utrecht-form-fieldset__fieldset">
            <legend>{say('desk.health.stop.which')}</legend>
            {running.map(({ one, grant }) => (
              <Choice key={grant.id} id={`stop-${grant.id}`} type="radio" name="stop" checked={chosen === grant.id} onPick={() => choose(grant.id)} label={caseName(one)} />
            ))}
          </fieldset>
          <Note kind="warning">{say('desk.health.stop.really')}</Note>
        </>
      )}
      {tab}
      {act.busy && tab === null && <Busy text={say('desk.health.stop.busy')} />}
      {act.said && <Trouble said={act.said} />}
      {outcome === 'open' && (
        <Note kind="error" role="alert">
          {say('desk.health.stop.open')}
        </Note>
      )}
      {outcome !== null && outcome !== 'open' && (
        <Note kind="ok" role="status">
          <p class="nl-paragraph">{say('desk.health.stop.took', { count: Math.round(outcome.stopped) })}</p>
          <p class="nl-paragraph">{say('desk.health.stop.shut', { count: Math.round(outcome.refused) })}</p>
        </Note>
      )}
      {outcome === null && running.length > 0 && (
        <div class="buttons">
          <Button onClick={test}>{say('desk.health.stop.go')}</Button>
        </div>
      )}
    </section>
  )
}
