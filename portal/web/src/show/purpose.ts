// SPDX-License-Identifier: EUPL-1.2
// Words around a purpose: its ground and the role of who asks, where this page has a word for them.
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
