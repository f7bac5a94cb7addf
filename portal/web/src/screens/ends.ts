// SPDX-License-Identifier: EUPL-1.2
// Until when: at most four ends, each written out, within what was asked. Pure.
import { endAfter, lastDay } from '../show/when.ts'
import { say } from '../words/say.ts'

/** One end that can be chosen. */
export interface End {
  readonly until: number
  readonly once: boolean
  readonly label: string
}

const MOST = 4
const SHORTER = [1, 3, 7, 14] // days, for "korter"

/** What the ends of a question follow from. */
export interface Ending {
  readonly request: { readonly knd: string; readonly nbf: number; readonly ends: number }
  readonly purpose: { readonly kinds: readonly string[]; readonly ends: readonly number[] }
}

export function sameEnd(one: End, other: End): boolean {
  return one.until === other.until && one.once === other.once
}

function at(asked: Ending, until: number): End {
  const every = /^every:(\d+)$/.exec(asked.request.knd)
  const date = lastDay(until)
  return { until, once: false, label: every ? say('request.until.every', { days: Number(every[1]), date }) : say('request.until.date', { date }) }
}

/** The ends of a question, shortest first. */
export function ends(asked: Ending, now = Date.now() / 1000): readonly End[] {
  const { knd, ends: latest, nbf } = asked.request
  const once = knd === 'once' || asked.purpose.kinds.includes('once')
  const found: End[] = once ? [{ until: latest, once: true, label: say('request.until.once') }] : []
  if (knd === 'once') return found
  const dates = asked.purpose.ends.map((days) => endAfter(Math.max(now, nbf), days)).filter((until) => until > now && until < latest)
  const room = MOST - found.length - 1 // the end that was asked always stands there
  return [...found, ...[...new Set(dates)].sort((a, b) => a - b).slice(0, room).map((until) => at(asked, until)), at(asked, latest)]
}

/** Ends sooner than any that the purpose lists: a yes as well, only shorter. */
export function shorterEnds(asked: Ending, now = Date.now() / 1000): readonly End[] {
  const listed = new Set(ends(asked, now).map((one) => one.until))
  const dates = SHORTER.map((days) => endAfter(Math.max(now, asked.request.nbf), days))
  return dates.filter((until) => until < asked.request.ends && !listed.has(until)).map((until) => at(asked, until)).slice(0, MOST)
}
