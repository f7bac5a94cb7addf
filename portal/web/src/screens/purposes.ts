// SPDX-License-Identifier: EUPL-1.2
// Words around a purpose: its ground and the role of who asks, where this page has a word for them.
import type { Given } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { lastDay } from '../show/when.ts'
import { type Plain, say } from '../words/say.ts'

const GROUNDS: Readonly<Record<string, Plain>> = {
  consent: 'request.why.consent',
  contract: 'request.why.contract',
  'legal-duty': 'request.why.duty',
  'public-task': 'request.why.task',
}
const ROLES = [
  'youth-worker',
  'school-coach',
  'care-coordinator',
  'student-adviser',
  'youth-nurse',
  'youth-doctor',
  'debt-adviser',
  'budget-coach',
  'housing-adviser',
  'income-adviser',
  'job-coach',
  'support-adviser',
  'fund-adviser',
  'sports-coach',
  'school-office',
] as const

/** Why an organisation may use the data, besides her yes. */
export function ground(name: string): string {
  const key = GROUNDS[name]
  return key ? say(key) : name
}

/** As what somebody asks. */
export function role(name: string): string {
  const known = ROLES.find((one) => one === name)
  return known ? say(`role.${known}`) : name
}

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
