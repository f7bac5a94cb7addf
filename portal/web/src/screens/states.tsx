// SPDX-License-Identifier: EUPL-1.2
// What went wrong, in words. Every refusal, lost connection and failed check of the device ends here: there is no
// other place that words an error, so none is ever shown raw.
import { Locked, NoPrf, NotNow, NotProven, Offline, type Person, Refused, Unavailable } from '../device/person.ts'
import { say } from '../words/say.ts'

export interface Said {
  readonly text: string
  /** Red, and nothing may be shared: something is not what it claims to be. */
  readonly alarm: boolean
  /** There is no connection: help numbers go along. */
  readonly offline: boolean
  /** A sign-in that is over: the way back in goes along. */
  readonly signIn?: boolean
}

const OTHER_FIRST: readonly string[] = ['chain-moved', 'version-exists', 'epoch-closed', 'replayed']
const STALE: readonly string[] = ['older-head', 'older', 'keyring', 'head', 'ring', 'older-ring']
const LOG: readonly string[] = ['log-changed', 'no-proof', 'checkpoint', 'gap', 'receipt', 'chain', 'log']

/** The number to call, as this installation gives it. */
export function phone(person: Person | null): string {
  return person?.settings.phone || say('state.phone')
}

/** An error as a sentence. */
export function worded(error: unknown, person: Person | null): Said {
  if (error instanceof NotProven) {
    const key = STALE.includes(error.reason) ? 'state.older' : LOG.includes(error.reason) ? 'state.log' : 'state.forged'
    return { text: say(key, { phone: phone(person) }), alarm: true, offline: false }
  }
  const offline = error instanceof Offline || (error instanceof Unavailable && !navigator.onLine)
  const signIn = error instanceof Refused && error.status === 401 && person?.settings.desk === null
  return { text: plain(error, offline), alarm: false, offline, signIn }
}

function plain(error: unknown, offline: boolean): string {
  if (offline) return say('state.offline')
  if (error instanceof Unavailable) return say('state.down')
  if (error instanceof Locked) return say('state.locked')
  if (error instanceof NoPrf) return say('make.noprf')
  if (error instanceof NotNow) return say('unlock.refused')
  if (!(error instanceof Refused)) return say('state.odd')
  if (OTHER_FIRST.includes(error.slug)) return say('state.other')
  if (error.status === 401) return say('state.signin')
  if (error.status === 404 || error.slug === 'request-closed') return say('state.gone')
  if (error.slug === 'too-large' || error.status === 413) return say('state.full')
  return error.status >= 500 ? say('state.down') : say('state.refused')
}
