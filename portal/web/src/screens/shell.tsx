// SPDX-License-Identifier: EUPL-1.2
// What holds the screens: which one is on, what it needs first, locking, and leaving at once.
import type { ComponentChild } from 'preact'
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { type Making, Person, readSettings, type Settings } from '../device/person.ts'
import { keepsTheBundle } from '../device/updating.ts'
import { nearest, say, speak } from '../words/say.ts'
import { type App, AppContext, currentPath, goodbye, href } from './app.ts'
import { Frame } from './frame.tsx'
import type { ScreenOf } from './lazy.tsx'
import { Note, Numbers } from './parts.tsx'
import { worded } from './states.tsx'

/** What starts the desk: its shell. */
export type Side = (settings: Settings) => Promise<ComponentChild>

/** What must be so before a screen can be shown. */
type Needs = 'nothing' | 'sign-in' | 'making' | 'open'
export type Routes = Readonly<Record<string, { readonly screen: ScreenOf; readonly needs: Needs }>>

const ESCAPES = 3 // presses of Esc
const WITHIN = 1500 // milliseconds

/** Starts: language first, then which side this is, then the person on this device and the screens. `desk`: the other
 * side, loaded only there. */
export async function start(routes: Routes, draw: (shell: ComponentChild) => void, clear: () => void, desk: () => Promise<Side>): Promise<void> {
  const asked = readSettings() // asked while the words come: on a thin line each wait counts
  asked.catch(() => undefined) // told below
  await speak(nearest(navigator.languages))
  try {
    const settings = await asked
    if (settings.desk) {
      const shell = await (await desk())(settings)
      clear()
      draw(shell)
      return
    }
    const person = await Person.begin(settings)
    await speak(person.lang)
    let failed = false
    const back = await person.returns().catch(() => {
      failed = true // broken off, or not ours: the screen says so
      return '/#/signin'
    })
    if (back !== null) history.replaceState(null, '', back)
    clear() // the heading that stood there until now
    draw(<Shell person={person} routes={routes} failed={failed} />)
  } catch (error) {
    clear()
    draw(<Broken error={error} />)
  }
}

/** The page could not even begin: why, and whom to call. */
function Broken({ error }: { readonly error: unknown }) {
  const said = worded(error, null)
  return (
    <main class="main">
      <h1 class="nl-heading nl-heading--level-1">{say('app.name')}</h1>
      <Note kind="warning" role="alert">
        {said.text}
      </Note>
      {said.offline && <Numbers />}
      <div class="buttons">
        <button type="button" class="nl-button nl-button--secondary" onClick={() => location.reload()}>
          <span class="nl-button__label">{say('app.again')}</span>
        </button>
      </div>
    </main>
  )
}

// The route that an address fits: an id stands for `*`.
export function routeOf(path: readonly string[], routes: Readonly<Record<string, unknown>>): string | null {
  const [first, ...rest] = path
  if (first === undefined) return null
  const name = [first, ...rest.map(() => '*')].join('/')
  return name in routes ? name : null
}

function where(path: readonly string[], person: Person, routes: Routes, making: Making | null): string | null {
  const name = routeOf(path, routes)
  const needs = name === null ? null : (routes[name]?.needs ?? null)
  if (needs === null) return person.open ? 'home' : person.signedIn ? 'unlock' : 'welcome'
  if (needs === 'nothing') return null
  if (!person.signedIn) return path.length === 1 && path[0] === 'home' ? 'welcome' : 'signin'
  if (needs === 'making' && !making && !person.open) return 'start'
  return needs === 'open' && !person.open ? 'unlock' : null
}

function Shell({ person, routes, failed }: { readonly person: Person; readonly routes: Routes; readonly failed: boolean }) {
  const [, turn] = useState(0)
  const again = useCallback(() => turn((one) => one + 1), [])
  const app = useMemo<{ -readonly [member in keyof App]: App[member] }>(
    () => ({
      person,
      path: currentPath(),
      making: null,
      next: 'start',
      waits: 0,
      signInFailed: failed,
      sought: '',
      said: null,
      again,
      go: (to, replace = false) => {
        if (replace) history.replaceState(null, '', href(to))
        else location.hash = href(to)
        if (replace) again()
      },
      quickExit: () => {
        document.body.replaceChildren()
        document.title = ' '
        person.locks()
        goodbye()
      },
    }),
    [person],
  )
  useEffect(() => listen(app, again), [app])
  const [newer, setNewer] = useState<(() => Promise<void>) | null>(null)
  useEffect(() => void keepsTheBundle((begin) => setNewer(() => begin)), [])
  app.path = currentPath()
  const elsewhere = where(app.path, person, routes, app.making)
  if (elsewhere !== null) {
    const wanted = app.path.join('/')
    if (routeOf(app.path, routes) !== null && elsewhere !== 'welcome') app.next = wanted
    history.replaceState(null, '', href(elsewhere))
    app.path = [elsewhere]
  }
  const name = routeOf(app.path, routes) ?? 'welcome'
  const Shown = routes[name]?.screen ?? Nothing
  return (
    <AppContext.Provider value={app}>
      <Frame menu={person.open}>
        {newer && <Newer begin={newer} />}
        <Shown key={app.path.join('/')} />
      </Frame>
    </AppContext.Provider>
  )
}

const Nothing: ScreenOf = () => null

/** The server has another bundle. The one that runs goes on; the other starts only when somebody chooses so. */
function Newer({ begin }: { readonly begin: () => Promise<void> }) {
  return (
    <Note kind="warning" role="status">
      <p class="nl-paragraph">{say('newer.title')}</p>
      <p class="nl-paragraph">{say('newer.text')}</p>
      <button type="button" class="nl-button nl-button--secondary" onClick={() => void begin()}>
        <span class="nl-button__label">{say('newer.start')}</span>
      </button>
    </Note>
  )
}

export function listen(app: App, again: () => void): () => void {
  let presses: number[] = []
  const moved = () => again()
  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') presses = []
    else {
      presses = [...presses, event.timeStamp].filter((at) => event.timeStamp - at < WITHIN)
      if (presses.length >= ESCAPES) app.quickExit()
    }
    app.person.staysAwake()
  }
  const touch = () => app.person.staysAwake()
  addEventListener('hashchange', moved)
  addEventListener('keydown', key)
  addEventListener('pointerdown', touch)
  const unlisten = app.person.onLock(() => {
    app.making = null
    app.sought = ''
    again()
  })
  return () => {
    removeEventListener('hashchange', moved)
    removeEventListener('keydown', key)
    removeEventListener('pointerdown', touch)
    unlisten()
  }
}
