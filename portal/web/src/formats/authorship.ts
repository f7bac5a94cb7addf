// SPDX-License-Identifier: EUPL-1.2
// A record in the clear: what its author signed (`vault-rec+jwt`). Inside every sealed record, deposit and single lies
// one signed text: who wrote it, where it belongs, which version it is, the schema, the body, the attachments. Mirrors
// formats/authorship.py.
import { type AttachmentEntry, entryJson, readEntry } from './attachment.ts'
import { type SigningKey, peek, sign, verify } from './jose.ts'
import { pad, readPadded } from './padding.ts'
import {
  type Claims,
  type PublicJwk,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkParty,
  checkText,
  isObject,
  orNull,
  refuse,
  sid,
  unb64u,
} from './spelling.ts'

export const RECORD = 'vault-rec+jwt'
export const ARRIVAL = 600 // seconds between a record's own time and its arrival, either way
const MEMBERS = ['iss', 'vlt', 'drw', 'rid', 'ver', 'sch', 'prv', 'iat', 'att', 'body']

/** (party, second) -> the public signing key this party had at that second; FormatError if it had none. */
export type Author = (party: string, at: number) => PublicJwk | Promise<PublicJwk>

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** The free part of a record. */
export type Body = { readonly [name: string]: Json }

/** What an author writes of one version, before it is signed. */
export interface Draft {
  readonly iss: string
  readonly vlt: string
  readonly drw: string
  readonly rid: string
  readonly ver: number
  readonly sch: string
  readonly prv: string | null
  readonly iat: number
  readonly att: readonly AttachmentEntry[]
  readonly body: Body
}

/** One version of a record, opened. `sid` names it; `kid` is the key that signed; `token` is the author's JWS. */
export interface Record extends Draft {
  readonly token: string
  readonly sid: string
  readonly kid: string
}

/** The author's JWS of one version, padded to P(n). */
export function signRecord(key: SigningKey, draft: Draft): Promise<string> {
  const { iss, vlt, drw, rid, ver, sch, prv, iat, body } = draft
  const claims = { iss, vlt, drw, rid, ver, sch, prv, iat, att: draft.att.map(entryJson), body }
  check(claims)
  return sign(pad(claims), RECORD, key)
}

/** A record whose shape and padding were checked, its signature NOT: to seal it, or to find whose key is needed. */
export async function peekRecord(token: string): Promise<Record> {
  const { header } = peek(token)
  if (header.typ !== RECORD) refuse('header')
  const draft = check(readPadded(unb64u(token.split('.')[1])))
  return { ...draft, token, sid: await sid(token), kid: header.kid }
}

/** A record signed by the key that its author had when it was written. */
export async function verifyRecord(token: string, author: Author): Promise<Record> {
  const record = await peekRecord(token)
  await verify(token, RECORD, await author(record.iss, record.iat))
  return record
}

/** `newer` may stand after `before`: its next version, or the newer document of the same author. */
export function checkSuccession(before: Record, newer: Record): void {
  const next = newer.rid === before.rid && newer.drw === before.drw && newer.ver === before.ver + 1
  const document = newer.rid !== before.rid && newer.ver === 1
  if (!(next || document) || newer.vlt !== before.vlt) refuse('version')
  if (newer.prv !== before.sid || newer.iss !== before.iss) refuse('version')
}

/** No backdating: a new version or deposit counts only if its `iat` lies within 10 minutes of its arrival (seconds) and
 * its key was current then. */
export async function checkArrival(record: Record, arrived: number, author: Author): Promise<void> {
  if (Math.abs(record.iat - arrived) > ARRIVAL) refuse('arrival')
  if ((await author(record.iss, arrived)).kid !== record.kid) refuse('arrival')
}

function check(value: Claims): Draft {
  const claims = checkMembers(value, MEMBERS)
  const found = {
    iss: checkParty(claims.iss),
    vlt: checkId(claims.vlt),
    drw: checkId(claims.drw),
    rid: checkId(claims.rid),
    ver: checkInt(claims.ver, 1),
    sch: checkText(claims.sch, 500),
    prv: orNull(checkHash, claims.prv),
    iat: checkInt(claims.iat),
    att: checkList(claims.att).map(readEntry),
    body: isObject(claims.body) ? (claims.body as Body) : refuse('body'),
  }
  // A source writes version 1 only.
  if (found.ver > 1 && (found.prv === null || !found.iss.startsWith('vault:'))) refuse('version')
  if (new Set(found.att.map((entry) => entry.id)).size !== found.att.length) refuse('attachment')
  return found
}
