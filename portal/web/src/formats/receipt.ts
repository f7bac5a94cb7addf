// SPDX-License-Identifier: EUPL-1.2
// What the consent registry signs, and what an organisation answers to an end: `receipt+jwt`, `secevent+jwt`,
// `vault-closing+jwt`. Mirrors the checking half of formats/receipt.py.
import { verify } from './jose.ts'
import {
  checkHash,
  checkId,
  checkInt,
  checkMembers,
  checkOneOf,
  checkOrganisation,
  checkParty,
  checkText,
  checkVault,
  isObject,
  orNull,
  refuse,
  sid,
} from './spelling.ts'

export const RECEIPT = 'receipt+jwt', CLOSING = 'vault-closing+jwt', SECURITY_EVENT = 'secevent+jwt'
const STOP = 'stop'
const EVENT = 'urn:kluisje:event:'

/** Entered: the statement `sid` of type `of` (or a stop by sign-in: `of` "stop", `sid` null), as log entry `idx`. */
export interface Receipt {
  readonly iss: string
  readonly vlt: string
  readonly sid: string | null
  readonly of: string
  readonly iat: number
  readonly idx: number
  readonly entry: string
}

/** A receipt, checked with the registry's pinned key. */
export async function verifyReceipt(token: string, consentKey: unknown): Promise<Receipt> {
  const claims = checkMembers(await verify(token, RECEIPT, consentKey), ['iss', 'sub', 'sid', 'of', 'iat', 'log'])
  const log = checkMembers(claims.log, ['idx', 'entry'])
  if ((claims.of === STOP) !== (claims.sid === null)) refuse('receipt')
  return {
    iss: checkOrganisation(claims.iss),
    vlt: checkVault(claims.sub),
    sid: orNull(checkHash, claims.sid),
    of: checkText(claims.of, 60),
    iat: checkInt(claims.iat),
    idx: checkInt(log.idx),
    entry: checkHash(log.entry),
  }
}

/** An organisation's answer to the deletion duty after grant `gnt`: erased, or kept `until` (seconds) under `art`. */
export interface Closing {
  readonly sid: string
  readonly iss: string
  readonly vlt: string
  readonly gnt: string
  readonly ans: 'erased' | 'kept'
  readonly until: number | null
  readonly art: string | null
  readonly iat: number
}

/** A closing, checked with the key that the directory gives for its `iss`. */
export async function verifyClosing(token: string, organisationKey: unknown): Promise<Closing> {
  const names = ['iss', 'vlt', 'gnt', 'ans', 'until', 'art', 'iat']
  const claims = checkMembers(await verify(token, CLOSING, organisationKey), names)
  const ans = checkOneOf(claims.ans, ['erased', 'kept'])
  const kept = ans === 'kept'
  if (kept !== (claims.until !== null) || kept !== (claims.art !== null)) refuse('closing')
  return {
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    vlt: checkId(claims.vlt),
    gnt: checkId(claims.gnt),
    ans,
    until: orNull(checkInt, claims.until),
    art: orNull(checkText, claims.art),
    iat: checkInt(claims.iat),
  }
}

/** A signed event for `aud`: its type `kind`, and the path to fetch what it is about. No data in it. */
export interface SecurityEvent {
  readonly iss: string
  readonly aud: string
  readonly jti: string
  readonly iat: number
  readonly kind: string
  readonly dataref: string
}

/** A security event token with exactly one event, checked with the registry's pinned key (RFC 8417). */
export async function verifySecurityEvent(token: string, consentKey: unknown): Promise<SecurityEvent> {
  const names = ['iss', 'aud', 'jti', 'iat', 'events']
  const claims = checkMembers(await verify(token, SECURITY_EVENT, consentKey), names)
  const [event, ...more] = isObject(claims.events) ? Object.entries(claims.events) : []
  if (!event || more.length || !event[0].startsWith(EVENT)) refuse('event')
  return {
    iss: checkOrganisation(claims.iss),
    aud: checkParty(claims.aud),
    jti: checkId(claims.jti),
    iat: checkInt(claims.iat),
    kind: checkText(event[0].slice(EVENT.length), 60),
    dataref: checkText(checkMembers(event[1], ['dataref']).dataref, 500),
  }
}
