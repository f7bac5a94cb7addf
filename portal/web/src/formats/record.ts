// SPDX-License-Identifier: EUPL-1.2
// The outer shape of sealed records and singles: what may be checked without opening anything. The protected header is
// exactly `alg, enc, typ, kid` and what the type adds; all of it is authenticated. Mirrors formats/record.py (RFC 7516).
import {
  type Bytes,
  type Claims,
  MAX_NUMBER,
  checkHash,
  checkId,
  checkInt,
  checkMembers,
  checkPoint,
  checkToken,
  parseJson,
  refuse,
} from './spelling.ts'

export const RECORD = 'vault-rec+jwe', SINGLE = 'vault-one+jwe'
export const AUTHORED = 'vault-rec+jwt' // `cty` of records, deposits and singles: the author's JWS is inside
export const WRAPPED = 'A256KW', TO_KEY = 'ECDH-ES+A256KW'
export type Alg = typeof WRAPPED | typeof TO_KEY
const MAX_HEADER = 4_096 // bytes
const DRAWER_KEY = /^([0-9a-f-]{36})\.e([1-9][0-9]{0,15})$/

/** Where a record lies: vault, drawer, epoch of the key it is sealed with, record, version. */
export interface RecordPlace {
  readonly vlt: string
  readonly drw: string
  readonly ep: number
  readonly rid: string
  readonly ver: number
}

/** Where a single lies: the record it was made from, for grant `gnt`, sealed to the key with thumbprint `kid`. */
export interface SinglePlace {
  readonly vlt: string
  readonly drw: string
  readonly rid: string
  readonly ver: number
  readonly gnt: string
  readonly kid: string
}

/** The place a sealed record names. */
export function recordPlace(jwe: string): RecordPlace {
  const found = sealedHeader(jwe, RECORD, WRAPPED, ['vlt', 'drw', 'rid', 'ver'], AUTHORED)
  const key = drawerKey(found.kid)
  if (key.drw !== checkId(found.drw)) refuse('place')
  return { vlt: checkId(found.vlt), ...key, rid: checkId(found.rid), ver: checkInt(found.ver, 1) }
}

/** The place a single names. */
export function singlePlace(jwe: string): SinglePlace {
  const found = sealedHeader(jwe, SINGLE, TO_KEY, ['vlt', 'drw', 'rid', 'ver', 'gnt'], AUTHORED)
  return {
    vlt: checkId(found.vlt),
    drw: checkId(found.drw),
    rid: checkId(found.rid),
    ver: checkInt(found.ver, 1),
    gnt: checkId(found.gnt),
    kid: checkHash(found.kid),
  }
}

/** Drawer and epoch behind the `kid` of a drawer key, `<drw>.e<ep>`. */
export function drawerKey(kid: unknown): { drw: string; ep: number } {
  const found = typeof kid === 'string' ? DRAWER_KEY.exec(kid) : null
  if (!found || Number(found[2]) > MAX_NUMBER) refuse('kid')
  return { drw: checkId(found[1]), ep: Number(found[2]) }
}

/** The protected header of a JWE: spelling of all five parts, `typ`, `alg`, `cty` (null: absent), exactly the further
 * `names`, and for TO_KEY a public `epk`. The values of `names` and `kid` are for the caller to check. */
export function sealedHeader(jwe: string, typ: string, alg: Alg, names: readonly string[], cty: string | null): Claims {
  const [head, key, iv, text, tag] = checkToken(jwe, 5) as [Bytes, Bytes, Bytes, Bytes, Bytes]
  if (head.length > MAX_HEADER || key.length !== 40 || iv.length !== 12 || !text.length || tag.length !== 16) {
    refuse('sealed')
  }
  const further = [...(cty === null ? [] : ['cty']), ...(alg === TO_KEY ? ['epk'] : []), ...names]
  const found = checkMembers(parseJson(head), ['alg', 'enc', 'typ', 'kid', ...further])
  if (found.alg !== alg || found.enc !== 'A256GCM' || found.typ !== typ || (cty !== null && found.cty !== cty)) {
    refuse('header')
  }
  if (alg === TO_KEY) {
    const epk = checkMembers(found.epk, ['kty', 'crv', 'x', 'y'])
    if (epk.kty !== 'EC' || epk.crv !== 'P-256') refuse('header')
    checkPoint(epk.x, epk.y)
  }
  return found
}
