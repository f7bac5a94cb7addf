// SPDX-License-Identifier: EUPL-1.2
// `vault-org+jwt`: the directory's statement of an organisation's, or one of its teams', keys. Used only when a
// witnessed proof shows it 72 hours in the log: a false key is seen before anything is sealed to it. Mirrors
// formats/organisation.py.
import { type Logged, verifyLook } from './event.ts'
import { verify } from './jose.ts'
import type { LogPolicy } from './policy.ts'
import {
  DAY,
  type PublicJwk,
  b64,
  checkInt,
  checkList,
  checkMembers,
  checkOrganisation,
  publicEc,
  refuse,
  sid,
} from './spelling.ts'

export const ORGANISATION = 'vault-org+jwt'
export const WAIT = 3 * DAY // in the log before a key, new or changed, counts

/** An organisation's or team's keys, from `iat` until `exp` (seconds). `sid` is what grants and questions name. */
export interface Organisation {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly sub: string
  readonly enc: PublicJwk
  readonly sig: PublicJwk
  readonly x5c: readonly string[]
  readonly iat: number
  readonly exp: number
}

/** The directory's statement, checked with its pinned key. That it is current and logged: `checkCurrent`. */
export async function verifyOrganisation(token: string, directoryKey: unknown): Promise<Organisation> {
  const names = ['iss', 'sub', 'enc', 'sig', 'pq', 'x5c', 'iat', 'exp']
  const claims = checkMembers(await verify(token, ORGANISATION, directoryKey), names)
  const iat = checkInt(claims.iat), exp = checkInt(claims.exp)
  if (iat >= exp || claims.pq !== null) refuse('organisation') // pq is off until its draft is an RFC
  return {
    token,
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    sub: checkOrganisation(claims.sub),
    enc: await publicEc(claims.enc, 'enc'),
    sig: await publicEc(claims.sig, 'sig'),
    x5c: checkList(claims.x5c, 10).map(certificate),
    iat,
    exp,
  }
}

/** What is common to the directory's statements: of keys, and of how a team is shown (`listing.ts`). */
type Stated = Pick<Organisation, 'sid' | 'sub' | 'iat' | 'exp'>

/** Refuses unless the statement is valid now and its entry, with a witnessed proof, is 72 hours old. */
export async function checkCurrent(one: Stated, look: unknown, policy: LogPolicy, now: number): Promise<Logged> {
  const found = await verifyLook(look, policy, true)
  const { t, at, claims } = found.event
  if (t !== 'org' || claims.sid !== one.sid || claims.sub !== one.sub) refuse('organisation')
  if (!(one.iat <= now && now < one.exp && at + WAIT <= now)) refuse('organisation')
  return found
}

function certificate(value: unknown): string {
  if (typeof value !== 'string' || !value) refuse('certificate')
  let again = ''
  try {
    again = b64(Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0)))
  } catch {
    refuse('certificate')
  }
  return again === value ? value : refuse('certificate')
}
