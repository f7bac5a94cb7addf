// SPDX-License-Identifier: EUPL-1.2
// Settings of a member at this device, and the further menu of a narrow screen.
import { useState } from 'preact/hooks'
import type { NewCode } from '../device/person.ts'
import { Icon } from '../show/icon.tsx'
import { href } from '../screens/app.ts'
import { Steps } from '../screens/make.tsx'
import { Choice } from '../screens/inputs.tsx'
import { Busy, Button, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { Languages } from '../screens/welcome.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { FURTHER } from './frame.tsx'

const MINUTES = [2, 5, 10, 20]
const LEAST = 2 // ways in that stay
const TYPES = { prf: 'settings.devices.prf', code: 'settings.devices.code', pass: 'settings.devices.pass', trustees: 'settings.devices.trustees' } as const

export function Settings() {
  const { app, member } = useDesk()
  const act = useAct()
  const [minutes, setMinutes] = useState(member.lockMinutes)
  return (
    <Screen title={say('settings.title')} lead={say('desk.settings.lead', { count: minutes })}>
      <section class="card">
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('settings.lock')}</legend>
          {MINUTES.map((one) => (
            <Choice
              key={one}
              id={`lock-${String(one)}`}
              type="radio"
              name="lock"
              checked={minutes === one}
              onPick={() => {
                member.lockMinutes = one
                setMinutes(one)
              }}
              label={say('settings.lock.one', { count: one })}
            />
          ))}
        </fieldset>
      </section>
      <section class="card">
        <h2 class="nl-heading nl-heading--level-2">{say('settings.language')}</h2>
        <Languages />
      </section>
      <Locks />
      <section class="card">
        <h2 class="nl-heading nl-heading--level-2">{say('desk.settings.own')}</h2>
        <p class="nl-paragraph">{say('desk.settings.own.text')}</p>
        <p class="mono small">{member.ownThumbprint}</p>
      </section>
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button
          icon="exit"
          onClick={() =>
            act.run(async () => {
              await member.signsOut()
              app.go('welcome', true)
            })
          }
        >
          {say('desk.settings.out')}
        </Button>
      </div>
    </Screen>
  )
}

/** The ways into the own keys, and a new code. */
function Locks() {
  const { member } = useDesk()
  const act = useAct()
  const ways = useLoad(() => member.waysIn(), [])
  const [fresh, setFresh] = useState<NewCode | null>(null)
  if (fresh)
    return (
      <section class="card">
        <Steps code={fresh} words={null} then="settings" />
      </section>
    )
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.settings.ways')}</h2>
      <Load from={ways}>
        {(found) => (
          <ul class="stack stack--tight">
            {found.map((one, n) => (
              <li class="row row--apart" key={one.id}>
                {say(TYPES[one.type])}
                {found.length > LEAST && (
                  <Button
                    label={say('desk.settings.drop.which', { title: say(TYPES[one.type]), n: n + 1 })}
                    onClick={() =>
                      act.run(async () => {
                        await member.dropsWay(one.id)
                        ways[1]()
                      })
                    }
                  >
                    {say('desk.settings.drop')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Load>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button onClick={() => act.run(async () => setFresh(await member.newCode()))}>{say('desk.settings.code')}</Button>
        <Button
          onClick={() =>
            act.run(async () => {
              await member.addsPasskey()
              ways[1]()
            })
          }
        >
          {say('desk.settings.device')}
        </Button>
      </div>
    </section>
  )
}

/** The further menu of a narrow screen. */
export function More() {
  return (
    <Screen title={say('more.title')}>
      <ul class="cabinet">
        {FURTHER.map(([to, icon, key]) => (
          <li class="drawer" key={to}>
            <Icon name={icon} />
            <a class="cover" href={href(to)}>
              {say(key)}
            </a>
            <span class="drawer__knob" />
          </li>
        ))}
      </ul>
    </Screen>
  )
}
