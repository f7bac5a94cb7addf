// SPDX-License-Identifier: EUPL-1.2
// What a team asks, answers and confirms: the question, the answer to "Waarom keek je?", and "we hold these keys". The
// team's key signs them. Mirrors the checking half of formats/request.py.
import { checkKind } from './grant.ts'
import { verify } from './jose.ts'
import {
  ascending,
  checkBool,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkOrganisation,
  checkText,
  orNull,
  refuse,
  sid,
} from './spelling.ts'

export const REQUEST = 'vault-request+jwt', WHY = 'vault-why+jwt', IMPORT = 'vault-import+jwt'
const ITEM_KINDS = ['drawer', 'record', 'answer'] as const
const MEMBERS = [
  'iss', 'jti', 'iat', 'exp', 'org', 'act', 'pur', 'knd', 'items', 'nbf', 'ends', 'gnd', 'note', 'who', 'off',
] // prettier-ignore

/** One thing asked: a whole drawer (`ref`: category), a record (schema URI) or an answer (question URI). */
export interface Item {
  readonly kind: (typeof ITEM_KINDS)[number]
  readonly ref: string
  readonly required: boolean
}

/** A team's question: by `iss` with the keys of statement `org`, for purpose `pur` on ground `gnd`, wanting a grant
 * from `nbf` to `ends`; open until `exp` (seconds). `off`: the question whose counter-offer it accepts. */
export interface Request {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly org: string
  readonly act: 'read' | 'deposit'
  readonly pur: string
  readonly knd: string
  readonly items: readonly Item[]
  readonly nbf: number
  readonly ends: number
  readonly gnd: string
  readonly note: string | null
  readonly role: string
  readonly name: string
  readonly off: string | null
}

/** A question, checked with the key that the directory gives for its `iss`. */
export async function verifyRequest(token: string, teamKey: unknown): Promise<Request> {
  const claims = checkMembers(await verify(token, REQUEST, teamKey), MEMBERS)
  const who = checkMembers(claims.who, ['role', 'name'])
  const found: Request = {
    token,
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    jti: checkId(claims.jti),
    iat: checkInt(claims.iat),
    exp: checkInt(claims.exp),
    org: checkHash(claims.org),
    act: checkOneOf(claims.act, ['read', 'deposit']),
    pur: checkText(claims.pur, 500),
    knd: checkKind(claims.knd),
    items: checkList(claims.items, 100).map(item),
    nbf: checkInt(claims.nbf),
    ends: checkInt(claims.ends),
    gnd: checkText(claims.gnd, 500),
    note: orNull((value) => checkText(value, 280), claims.note),
    role: checkText(who.role),
    name: checkText(who.name),
    off: orNull(checkId, claims.off),
  }
  const named = new Set(found.items.map((one) => `${one.kind} ${one.ref}`))
  if (!found.items.length || named.size !== found.items.length) refuse('request')
  if (found.iat >= found.exp || found.nbf >= found.ends) refuse('request')
  // Who deposits asks for a drawer to put things in, never for a thing.
  if (found.act === 'deposit' && found.items.some((one) => one.kind !== 'drawer')) refuse('request')
  return found
}

function item(value: unknown): Item {
  const given = checkMembers(value, ['kind', 'ref', 'req'])
  return {
    kind: checkOneOf(given.kind, ITEM_KINDS),
    ref: checkText(given.ref, 500),
    required: checkBool(given.req),
  }
}

/** A team's answer to question `ask` about log entry `entry` (b64u): `text`, by employee `emp`. */
export interface Why {
  readonly sid: string
  readonly iss: string
  readonly vlt: string
  readonly ask: string
  readonly entry: string
  readonly text: string
  readonly emp: string
  readonly iat: number
}

/** An answer, checked with the key that the directory gives for its `iss`. */
export async function verifyWhy(token: string, teamKey: unknown): Promise<Why> {
  const names = ['iss', 'vlt', 'ask', 'entry', 'text', 'emp', 'iat']
  const claims = checkMembers(await verify(token, WHY, teamKey), names)
  return {
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    vlt: checkId(claims.vlt),
    ask: checkId(claims.ask),
    entry: checkHash(claims.entry),
    text: checkText(claims.text, 1_000),
    emp: checkText(claims.emp),
    iat: checkInt(claims.iat),
  }
}

/** A team holds the keys of these envelopes (hashes, ascending) of grant `gnt`. */
export interface Import {
  readonly sid: string
  readonly iss: string
  readonly vlt: string
  readonly gnt: string
  readonly env: readonly string[]
  readonly iat: number
}

/** A confirmation, checked with the key that the directory gives for its `iss`. */
export async function verifyImport(token: string, teamKey: unknown): Promise<Import> {
  const claims = checkMembers(await verify(token, IMPORT, teamKey), ['iss', 'vlt', 'gnt', 'env', 'iat'])
  const env = checkList(claims.env).map(checkHash)
  if (!env.length || !ascending(env)) refuse('import')
  return {
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    vlt: checkId(claims.vlt),
    gnt: checkId(claims.gnt),
    env,
    iat: checkInt(claims.iat),
  }
}
