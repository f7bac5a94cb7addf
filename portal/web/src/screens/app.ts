// SPDX-License-Identifier: EUPL-1.2
// What every screen can reach: the person on this device, where we are, and how to go on.
//
// Addresses are in the part behind `#`, which no server ever gets. Opened values live in screens only: at a lock they
// are unmounted with their values, and nothing of them stays.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Making, Person } from '../device/person.ts'
import { language } from '../words/say.ts'

export interface App {
  readonly person: Person
  /** The address: `['drawers', 'school']`. */
  readonly path: readonly string[]
  /** Goes to an address: `drawers/school`. `replace`: the one we leave is not kept to go back to. */
  go(to: string, replace?: boolean): void
  /** Draws all anew: the language changed, or what waits. */
  readonly again: () => void
  /** Locks, empties the page and leaves, at once. */
  quickExit(): void
  /** A vault that is being made, until its code was typed back. */
  making: Making | null
  /** Where to go once the vault is open. */
  next: string
  /** How many questions wait, once known: the dot at "Vragen". */
  waits: number
  /** A sign-in came back that did not work. */
  signInFailed: boolean
  /** What she looks for. In memory only. */
  sought: string
  /** What the last screen wants said at the top of the next. */
  said: string | null
}

export const AppContext = createContext<App | null>(null)

/** The app around this screen. */
export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('a screen outside the app')
  return app
}

/** The page that clears what the browser knew, in the language of the screen. */
export function goodbye(): void {
  location.replace(language() === 'en' ? '/en/bye' : '/bye')
}

/** An address as a link has it. */
export function href(to: string): string {
  return `#/${to}`
}

/** The address that stands behind `#` now. */
export function currentPath(): readonly string[] {
  return location.hash.replace(/^#\/?/, '').split('/').filter((part) => part !== '').map(decodeURIComponent)
}
