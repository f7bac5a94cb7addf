// SPDX-License-Identifier: EUPL-1.2
// "Jouw toestellen": what called in her name, and stopping the one that is lost. The sign-in is enough for it: whoever lost a
// telephone may have no code at hand.
import { useState } from 'preact/hooks'
import type { KnownDevice } from '../device/person.ts'
import { dateName, momentName } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Busy, Button, Note, Screen, To, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'

export function Devices() {
  const app = useApp()
  const found = useLoad(() => app.person.devices(), [])
  const [done, setDone] = useState<'renewed' | 'later' | null>(null)
  const { open } = app.person
  return (
    <Screen title={say('devices.title')} lead={say('devices.lead')} back={open ? 'settings' : 'unlock'}>
      {done !== null && (
        <Note kind="ok" role="status">
          <p class="nl-paragraph">{say('devices.stopped')}</p>
          <p class="nl-paragraph">{say(done === 'renewed' ? 'devices.renewed' : 'devices.later')}</p>
        </Note>
      )}
      <Load from={found}>
        {(devices: readonly KnownDevice[]) => {
          const over = devices.filter((one) => one.stopped !== null)
          return (
            <>
              <ul class="stack">
                {devices
                  .filter((one) => one.stopped === null)
                  .map((one) => (
                    <One
                      key={one.id}
                      device={one}
                      stopped={(renewed) => {
                        setDone(renewed ? 'renewed' : 'later')
                        found[1]()
                      }}
                    />
                  ))}
              </ul>
              <p class="quiet small">{say('devices.again')}</p>
              {open && devices.length > 1 && (
                <p class="nl-paragraph">
                  {say('devices.lock')} <To to="settings">{say('settings.devices')}</To>
                </p>
              )}
              {over.length > 0 && (
                <details>
                  <summary>{say('devices.over')}</summary>
                  <ul class="lines">
                    {over.map((one) => (
                      <li key={one.id}>{say('devices.over.line', { first: momentName(one.first), date: momentName(one.stopped ?? one.seen) })}</li>
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

/** One that may call, with its button. It asks once more: a device that was stopped is not taken back. */
function One({ device, stopped }: { readonly device: KnownDevice; readonly stopped: (renewed: boolean) => void }) {
  const app = useApp()
  const act = useAct()
  const [sure, setSure] = useState(false)
  const id = `device-${device.id}`
  return (
    <li class="card">
      <h2 class="nl-heading nl-heading--level-2">{say(device.own ? 'devices.own' : 'devices.other')}</h2>
      <div id={id}>
        <p class="nl-paragraph">{say('devices.first', { date: momentName(device.first) })}</p>
        <p class="quiet">{say('devices.seen', { date: dateName(device.seen) })}</p>
      </div>
      {act.busy && <Busy text={say('devices.busy')} />}
      {act.said && <Trouble said={act.said} />}
      {sure && <p class="nl-paragraph">{say('devices.sure')}</p>}
      {!device.own && (
        <div class="buttons">
          {sure ? (
            <>
              <Button kind="primary" described={id} onClick={() => act.run(async () => stopped(await app.person.stopsDevice(device)))}>
                {say('devices.go')}
              </Button>
              <Button onClick={() => setSure(false)}>{say('app.cancel')}</Button>
            </>
          ) : (
            <Button described={id} onClick={() => setSure(true)}>
              {say('devices.stop')}
            </Button>
          )}
        </div>
      )}
    </li>
  )
}
