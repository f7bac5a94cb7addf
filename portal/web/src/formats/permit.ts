// SPDX-License-Identifier: EUPL-1.2
// The permit that the vault asks for: the log entry of a look, with its proof. Good for seconds, once. A device only
// recognises one, when it plays back what happened. Mirrors formats/permit.py.
import { type Logged, verifyLook } from './event.ts'
import type { LogPolicy } from './policy.ts'
import { refuse } from './spelling.ts'

const LIFE = 10 // seconds from `at`
const AHEAD = 2 // seconds a clock may be behind the log's

/** A read, deposit or recover of now, in the tree of a checkpoint that a pinned log key signed. */
export async function verifyPermit(permit: unknown, log: LogPolicy, now: number): Promise<Logged> {
  const found = await verifyLook(permit, log, false)
  const { t, vlt, at, claims } = found.event
  if (!['read', 'deposit', 'recover'].includes(t) || vlt === null) refuse('permit')
  if (at > now + AHEAD || now >= at + LIFE) refuse('permit')
  if (t === 'recover' && claims.step !== 'released') refuse('permit')
  return found
}
