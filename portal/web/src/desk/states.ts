// SPDX-License-Identifier: EUPL-1.2
// What went wrong at the desk, in words. A refusal of a look is worded by one screen (`closed`), whatever the cause.
import { Refused } from '../device/errors.ts'
import { say } from '../words/say.ts'

/** Why a question asks too much, in a sentence: by the places that the registry names. */
export function moreThanAllowed(places: readonly string[]): string {
  const first = places[0] ?? ''
  if (first.includes('/items')) return say('desk.over.items')
  if (/\/(ends|exp|knd)/.test(first)) return say('desk.over.term')
  if (first.includes('/who')) return say('desk.over.role')
  return say('desk.over.purpose')
}

/** What the gateway says about a question, in words; null: it is worded as everywhere. */
export function askingRefused(error: unknown): string | null {
  if (!(error instanceof Refused)) return null
  if (error.slug === 'share-code-not-good') return say('desk.ask.code.bad')
  if (error.slug === 'over-asking') return moreThanAllowed(error.places)
  if (error.slug === 'no-key') return say('desk.nokey')
  if (error.status === 429) return say('desk.ask.often')
  return null
}

/** What is said when a paper could not be brought, in words; null: it is worded as everywhere. */
export function bringingRefused(error: unknown): string | null {
  if (!(error instanceof Refused)) return null
  if (error.slug === 'epoch-over') return say('desk.bring.visit')
  if (error.slug === 'no-key') return say('desk.nokey')
  return null
}

/** Whether an error is a refusal of a look: all of them look alike. */
export function isClosed(error: unknown): boolean {
  return error instanceof Refused && (error.status === 403 || error.status === 404 || error.slug === 'not-opened')
}
