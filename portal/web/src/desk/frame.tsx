// SPDX-License-Identifier: EUPL-1.2
// The frame of the desk: the bar with the team's name and "Op slot", and the menu once somebody is let in.
import type { ComponentChildren } from 'preact'
import { href, useApp } from '../screens/app.ts'
import { Button } from '../screens/parts.tsx'
import { Icon, type IconName, Vault } from '../show/icon.tsx'
import { type Plain, say } from '../words/say.ts'
import { useDesk } from './app.ts'

type Entry = readonly [to: string, icon: IconName, key: Plain]

const WORK: readonly Entry[] = [
  ['cases', 'my-people', 'desk.nav.cases'],
  ['ask', 'requests', 'desk.nav.ask'],
  ['why', 'looked', 'desk.nav.why'],
  ['deletion', 'leave', 'desk.nav.deletion'],
]
/** What stands beside on a wide screen, and under "Meer" on a narrow one. */
export const FURTHER: readonly Entry[] = [
  ['team', 'running', 'desk.nav.team'],
  ['purposes', 'receipts', 'desk.nav.purposes'],
  ['organisations', 'school', 'desk.nav.organisations'],
  ['health', 'health', 'desk.nav.health'],
  ['help', 'info', 'nav.help'],
  ['settings', 'settings', 'nav.settings'],
]
const UNDER: Readonly<Record<string, string>> = { case: 'cases', open: 'cases', bring: 'cases', closed: 'cases', handover: 'cases', evidence: 'cases', takeover: 'purposes' }
const ADMINISTERS: readonly Entry[] = [
  ['team', 'running', 'desk.nav.team'],
  ['organisations', 'school', 'desk.nav.organisations'],
  ['purposes', 'receipts', 'desk.nav.purposes'],
  ['help', 'info', 'nav.help'],
  ['settings', 'settings', 'nav.settings'],
]

/** Everything around a screen of the desk. */
export function DeskFrame({ children }: { readonly children: ComponentChildren }) {
  const app = useApp()
  const { member } = useDesk()
  const standing = member.open ? member.standing : null
  const menu = standing === 'works' || standing === 'administrator'
  const first = app.path[0] ?? 'cases'
  const here = UNDER[first] ?? first
  const entry = ([to, icon, key]: Entry, kind: '' | 'menu__wide' | 'menu__narrow' = '') => {
    const further = to === 'more' && FURTHER.some(([one]) => one === here)
    return (
      <li class={kind} key={to}>
        <a href={href(to)} aria-current={here === to || further ? 'page' : undefined}>
          <Icon name={icon} />
          <span>{say(key)}</span>
        </a>
      </li>
    )
  }
  return (
    <div class={menu ? 'frame frame--menu frame--desk' : 'frame frame--desk'}>
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
        <a class="brand" href={href(menu ? 'cases' : 'welcome')}>
          <Vault />
          <span class={menu ? 'brand__name--menu' : ''}>{say('desk.name')}</span>
        </a>
        {member.open && (
          <div class="bar__actions">
            <Button icon="lock" onClick={() => member.locks()}>
              {say('nav.lock')}
            </Button>
          </div>
        )}
      </header>
      <div class="scroll">
        <main class="main" id="main">
          {children}
        </main>
      </div>
      {menu && (
        <nav class="menu" aria-label={say('nav.label')}>
          <ul>
            {standing === 'works' ? (
              <>
                {WORK.map((one) => entry(one))}
                {FURTHER.map((one) => entry(one, 'menu__wide'))}
                {entry(['more', 'more', 'nav.more'], 'menu__narrow')}
              </>
            ) : (
              ADMINISTERS.map((one) => entry(one))
            )}
          </ul>
        </nav>
      )}
    </div>
  )
}
