// SPDX-License-Identifier: EUPL-1.2
// The frame: the bar with "Snel weg" on every screen, and the menu once the vault is open.
import type { ComponentChildren } from 'preact'
import { Icon, type IconName, Vault } from '../show/icon.tsx'
import { type Plain, say } from '../words/say.ts'
import { href, useApp } from './app.ts'
import { Button } from './parts.tsx'

type Entry = readonly [to: string, icon: IconName, key: Plain]

const NARROW: readonly Entry[] = [
  ['home', 'home', 'nav.home'],
  ['drawers', 'drawers', 'nav.drawers'],
  ['requests', 'requests', 'nav.requests'],
  ['looked', 'looked', 'nav.looked'],
]
/** What stands beside on a wide screen, and under "Meer" on a telephone. */
export const FURTHER: readonly Entry[] = [
  ['running', 'running', 'nav.running'],
  ['receipts', 'receipts', 'nav.receipts'],
  ['pause', 'pause', 'nav.pause'],
  ['leave', 'leave', 'nav.leave'],
  ['settings', 'settings', 'nav.settings'],
  ['help', 'info', 'nav.help'],
]
const UNDER: Readonly<Record<string, string>> = {
  request: 'requests',
  item: 'drawers',
  upload: 'drawers',
  new: 'drawers',
  search: 'drawers',
  stop: 'running',
  import: 'leave',
  devices: 'settings',
  quickexit: 'settings',
}

/** Everything around a screen. `menu`: the vault is open. */
export function Frame({ menu, children }: { readonly menu: boolean; readonly children: ComponentChildren }) {
  const app = useApp()
  const first = app.path[0] ?? 'home'
  const here = UNDER[first] ?? first
  const entry = ([to, icon, key]: Entry, kind: '' | 'menu__wide' | 'menu__narrow' = '') => {
    const further = to === 'more' && FURTHER.some(([one]) => one === here)
    const waits = to === 'requests' && app.waits > 0
    return (
      <li class={kind} key={to}>
        <a href={href(to)} aria-current={here === to || further ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{say(key)}</span>
          {waits && (
            <>
              <span class="menu__dot" />
              <span class="unseen">{say('nav.waits', { count: app.waits })}</span>
            </>
          )}
        </a>
      </li>
    )
  }
  return (
    <div class={menu ? 'frame frame--menu' : 'frame'}>
      <a
        class="nl-skip-link nl-skip-link--visible-on-focus"
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.querySelector('h1')?.focus()
        }}
      >
        {say('app.skip')}
      </a>
      <header class="bar">
        <a class="brand" href={href(menu ? 'home' : 'welcome')}>
          <Vault />
          <span class={menu ? 'brand__name--menu' : ''}>{say('app.name')}</span>
        </a>
        <div class="bar__actions">
          {menu && (
            <Button icon="lock" onClick={() => app.person.locks()}>
              {say('nav.lock')}
            </Button>
          )}
          <Button icon="exit" onClick={() => app.quickExit()}>
            {say('nav.quickexit')}
          </Button>
        </div>
      </header>
      <div class="scroll">
        <main class="main" id="main">
          {children}
        </main>
      </div>
      {menu && (
        <nav class="menu" aria-label={say('nav.label')}>
          <ul>
            {NARROW.map((one) => entry(one))}
            {FURTHER.map((one) => entry(one, 'menu__wide'))}
            {entry(['more', 'more', 'nav.more'], 'menu__narrow')}
          </ul>
        </nav>
      )}
    </div>
  )
}
