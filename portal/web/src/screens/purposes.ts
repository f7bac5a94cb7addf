// SPDX-License-Identifier: EUPL-1.2
// A grant in a sentence, and what it is for.
import type { Given } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { lastDay } from '../show/when.ts'
import { say } from '../words/say.ts'

/** One drawer of a grant in a sentence: who, what, until when. */
export function givenLine(given: Given, drawer: Given['drawers'][number], title: string): string {
  const date = lastDay(given.ends)
  const team = given.teamName
  if (given.act === 'deposit') return say('running.line.deposit', { team, drawer: title, date })
  if (given.kind === 'once') return say('running.line.once', { team, drawer: title })
  const every = /^every:(\d+)$/.exec(given.kind)
  if (every) return say('running.line.every', { team, drawer: title, days: Number(every[1]), date })
  if (drawer.whole) return say('running.line', { team, drawer: title, date })
  const count = given.grant.drawers.find((one) => one.id === drawer.id)?.singles.length ?? 1
  return say('running.line.record', { team, drawer: title, count, date })
}

/** What a grant is for. */
export function purposeTitle(given: Pick<Given, 'purpose'>): string | null {
  return given.purpose ? told(given.purpose.title) : null
}
