// SPDX-License-Identifier: EUPL-1.2
// Settings, "Alles dicht", "Snel weg" explained, and the further menu of a telephone.
import { useState } from 'preact/hooks'
import type { Pause as OnePause, Way } from '../device/person.ts'
import { Icon } from '../show/icon.tsx'
import { momentName } from '../show/when.ts'
import { say } from '../words/say.ts'
import { goodbye, href, useApp } from './app.ts'
import { FURTHER } from './frame.tsx'
import { Choice } from './inputs.tsx'
import { Busy, Button, ButtonLink, Note, Screen, To, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'
import { Languages } from './welcome.tsx'

const MINUTES = [2, 5, 10, 20]

export function Settings() {
  const app = useApp()
  const [minutes, setMinutes] = useState(app.person.lockMinutes)
  const [plain, setPlain] = useState(app.person.tabTitle !== null)
  const rename = (on: boolean) => {
    app.person.tabTitle = on ? say('settings.tab.plain') : null
    document.title = app.person.tabTitle ?? say('app.title', { screen: say('settings.title'), app: say('app.name') })
    setPlain(on)
  }
  return (
    <Screen title={say('settings.title')} lead={say('settings.lead', { count: minutes })}>
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
                app.person.lockMinutes = one
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
      <section class="card">
        <fieldset class="utrecht-form-fieldset__fieldset" aria-describedby="tab-hint">
          <legend>{say('settings.tab')}</legend>
          <p class="quiet small" id="tab-hint">
            {say('settings.tab.hint')}
          </p>
          <Choice id="tab-name" type="radio" name="tab" checked={!plain} onPick={() => rename(false)} label={say('settings.tab.name')} />
          <Choice id="tab-plain" type="radio" name="tab" checked={plain} onPick={() => rename(true)} label={say('settings.tab.plain')} />
        </fieldset>
      </section>
      <Locks />
      <section class="card">
        <h2 class="nl-heading nl-heading--level-2">{say('settings.quick')}</h2>
        <p class="nl-paragraph">{say('quickexit.how')}</p>
        <p>
          <To to="quickexit">{say('settings.quick.more')}</To>
        </p>
      </section>
      <Real />
      <SignOut />
    </Screen>
  )
}

const TYPES = { prf: 'settings.devices.prf', code: 'settings.devices.code', pass: 'settings.devices.pass', trustees: 'settings.devices.trustees' } as const

function Locks() {
  const app = useApp()
  const act = useAct()
  const ways = useLoad(() => app.person.waysIn(), [])
  const [words, setWords] = useState<string | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const change = (work: () => Promise<void>, text: string) =>
    act.run(async () => {
      setDone(null)
      await work()
      setDone(text)
      ways[1]()
    })
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('settings.devices')}</h2>
      <p class="nl-paragraph">{say('settings.devices.lead')}</p>
      <Load from={ways}>
        {(found: readonly Way[]) => (
          <ul class="lines">
            {found.map((way) => (
              <li key={way.id}>
                <div class="row row--apart">
                  <span>{say(TYPES[way.type])}</span>
                  {found.length > 2 && (
                    <Button label={`${say('settings.devices.remove')}: ${say(TYPES[way.type])}`} onClick={() => change(() => app.person.dropsWay(way.id), say('settings.devices.removed'))}>
                      {say('settings.devices.remove')}
                    </Button>
                  )}
                </div>
              </li>
            ))}
            {found.length <= 2 && <li class="quiet small">{say('settings.devices.last')}</li>}
          </ul>
        )}
      </Load>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      {done !== null && (
        <Note kind="ok" role="status">
          {done}
        </Note>
      )}
      {words !== null && (
        <>
          <p class="nl-paragraph">{say('safetynet.words.lead')}</p>
          <p class="code" translate={false}>
            {words}
          </p>
        </>
      )}
      <div class="buttons">
        <Button onClick={() => change(() => app.person.addsPasskey(), say('settings.devices.added'))}>{say('settings.devices.add')}</Button>
        <ButtonLink to="safetynet">{say('safetynet.renew')}</ButtonLink>
        <Button onClick={() => act.run(async () => setWords(await app.person.addsWords()))}>{say('settings.devices.words')}</Button>
      </div>
      <p>
        <To to="devices">{say('settings.devices.lost')}</To>
      </p>
    </section>
  )
}

const SHOWN = 24 // characters: enough to compare by eye

/** The hash under which the browser let this page run, to be compared with the public log. */
function Real() {
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][integrity]')
  const hash = entry?.integrity.replace(/^sha384-/, '').slice(0, SHOWN)
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('settings.real')}</h2>
      {hash ? (
        <>
          <p class="nl-paragraph">{say('settings.real.lead')}</p>
          <p class="code" translate={false}>
            {hash.replace(/.{4}(?=.)/g, '$& ')}
          </p>
        </>
      ) : (
        <p class="nl-paragraph">{say('settings.real.none')}</p>
      )}
    </section>
  )
}

function SignOut() {
  const app = useApp()
  const act = useAct()
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('settings.out')}</h2>
      <p class="nl-paragraph">{say('settings.out.text')}</p>
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button
          onClick={() =>
            act.run(async () => {
              await app.person.signsOut()
              goodbye()
            })
          }
        >
          {say('settings.out')}
        </Button>
      </div>
    </section>
  )
}

/** "Alles dicht". Nobody is told; open again takes an open vault. */
export function Pause() {
  const app = useApp()
  const act = useAct()
  const found = useLoad(() => app.person.paused(), [])
  const [, again] = found
  const change = (work: () => Promise<unknown>, text: string | null) =>
    act.run(async () => {
      await work()
      app.said = null
      setSaid(text)
      again()
    })
  const [said, setSaid] = useState<string | null>(null)
  return (
    <Screen title={say('pause.title')} lead={say('pause.lead')} {...(app.person.open ? {} : { back: 'unlock' })}>
      {said !== null && (
        <Note kind="ok" role="status">
          {said}
        </Note>
      )}
      <Load from={found}>
        {(pauses: readonly OnePause[]) => {
          const all = pauses.find((one) => one.grant === null)
          return (
            <section class="card">
              {all ? (
                <>
                  <p class="nl-paragraph" role="status">
                    {say('pause.closed')}
                  </p>
                  <p class="quiet small">{say('pause.since', { date: momentName(all.since) })}</p>
                </>
              ) : (
                <p class="nl-paragraph">{say('pause.runs')}</p>
              )}
              {act.busy && <Busy />}
              {act.said && <Trouble said={act.said} />}
              <div class="buttons">
                {!all && (
                  <Button kind="primary" icon="lock" onClick={() => change(() => app.person.pauses(), null)}>
                    {say('pause.go')}
                  </Button>
                )}
                {all && app.person.open && <Button onClick={() => change(() => app.person.opensAgain(all), say('pause.opened'))}>{say('pause.open')}</Button>}
              </div>
              {all && !app.person.open && <p class="nl-paragraph">{say('pause.locked')}</p>}
            </section>
          )
        }}
      </Load>
    </Screen>
  )
}

/** What "Snel weg" does, before somebody needs it. */
export function QuickExit() {
  const app = useApp()
  return (
    <Screen title={say('quickexit.title')} lead={say('quickexit.lead')}>
      <section class="card">
        <ul class="stack">
          <li>{say('quickexit.how')}</li>
          <li>{say('quickexit.lock')}</li>
          <li>{say('quickexit.history')}</li>
        </ul>
      </section>
      <div class="buttons">
        <ButtonLink to={app.person.open ? 'home' : 'welcome'} kind="primary">
          {say('quickexit.ok')}
        </ButtonLink>
      </div>
    </Screen>
  )
}

/** What does not fit in the menu of a telephone. */
export function More() {
  return (
    <Screen title={say('more.title')}>
      <ul class="card places">
        {FURTHER.map(([to, icon, key]) => (
          <li class="place" key={to}>
            <Icon name={icon} />
            <a class="cover" href={href(to)}>
              {say(key)}
            </a>
          </li>
        ))}
      </ul>
    </Screen>
  )
}
