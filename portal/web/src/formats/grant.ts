// SPDX-License-Identifier: EUPL-1.2
// A grant as a value, and the one function that says why it does not open something. A grant is a statement of the
// person's chain (`vault-grant+jwt`). Mirrors formats/grant.py.
import { peek, verify } from './jose.ts'
import {
  type Claims,
  FormatError,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkParty,
  checkText,
  checkVault,
  orNull,
  refuse,
  sid,
} from './spelling.ts'

export const GRANT = 'vault-grant+jwt'
export const LINK_MEMBERS = ['iss', 'seq', 'prv', 'iat', 'ring'] as const // what each statement of a chain begins with
const FURTHER = ['jti', 'aud', 'act', 'knd', 'nbf', 'exp', 'drw', 'pur', 'cnf', 'org', 'req'] as const
export const ANSWERS = 'answers' // the category of the drawer whose records leave as singles only
const KIND = /^(?:once|until|every:[1-9][0-9]{0,3})$/

/** One record, handed over at one version without a drawer key; `h` = H(the sealed single). */
export interface Single {
  readonly rid: string
  readonly ver: number
  readonly h: string
}

/** What a grant gives of one drawer: epochs with the hashes of their envelopes, or singles; a deposit grant neither. */
export interface Drawer {
  readonly id: string
  readonly cat: string
  readonly epochs: readonly number[]
  readonly envelopes: readonly string[]
  readonly singles: readonly Single[]
}

/** A grant whose shape is right. Whether it is genuine and open is `whyNot`'s answer. */
export interface Grant {
  readonly token: string
  readonly sid: string
  readonly kid: string
  readonly iss: string
  readonly vlt: string
  readonly seq: number
  readonly prv: string | null
  readonly iat: number
  readonly ring: number
  readonly jti: string
  readonly aud: string
  readonly act: 'read' | 'deposit'
  readonly knd: string
  readonly nbf: number
  readonly exp: number
  readonly drawers: readonly Drawer[]
  readonly purpose: string
  readonly lang: string
  readonly textHash: string
  readonly jkt: string
  readonly org: string
  readonly req: string | null
}

/** `once`, `until` or `every:<days>`. */
export function checkKind(value: unknown): string {
  return typeof value === 'string' && KIND.test(value) ? value : refuse('kind')
}

/** The members that each statement of a chain begins with, checked. */
export function checkLink(claims: Claims): { iss: string; seq: number; prv: string | null; iat: number; ring: number } {
  const seq = checkInt(claims.seq), prv = orNull(checkHash, claims.prv)
  if ((prv === null) !== (seq === 0)) refuse('chain')
  return { iss: `vault:${checkVault(claims.iss)}`, seq, prv, iat: checkInt(claims.iat), ring: checkInt(claims.ring) }
}

/** The grant behind header and claims that were read from `token`; refuses every shape a grant may not have. */
export async function grantValue(token: string, kid: string, value: Claims): Promise<Grant> {
  const claims = checkMembers(value, [...LINK_MEMBERS, ...FURTHER])
  const link = checkLink(claims)
  const nbf = checkInt(claims.nbf), exp = checkInt(claims.exp)
  if (nbf >= exp || link.seq === 0) refuse('grant') // statement 0 is a card
  const act = checkOneOf(claims.act, ['read', 'deposit'])
  const drawers = checkList(claims.drw, 200).map((one) => drawer(one, act))
  if (new Set(drawers.map((one) => one.id)).size !== drawers.length) refuse('grant')
  if (act === 'deposit' && !drawers.length) refuse('grant')
  const pur = checkMembers(claims.pur, ['uri', 'lang', 'h'])
  return {
    token,
    sid: await sid(token),
    kid,
    vlt: link.iss.slice(6),
    ...link,
    jti: checkId(claims.jti),
    aud: checkParty(claims.aud),
    act,
    knd: checkKind(claims.knd),
    nbf,
    exp,
    drawers,
    purpose: checkText(pur.uri, 500),
    lang: checkText(pur.lang, 35),
    textHash: checkHash(pur.h),
    jkt: checkHash(checkMembers(claims.cnf, ['jkt']).jkt),
    org: checkHash(claims.org),
    req: orNull(checkId, claims.req),
  }
}

function drawer(value: unknown, act: 'read' | 'deposit'): Drawer {
  const given = checkMembers(value, ['id', 'cat', 'ep', 'env', 'one'])
  const epochs = checkList(given.ep).map((ep) => checkInt(ep, 1))
  const envelopes = checkList(given.env).map(checkHash)
  const singles = checkList(given.one).map(single)
  const found = { id: checkId(given.id), cat: checkText(given.cat), epochs, envelopes, singles }
  if (epochs.length !== envelopes.length || epochs.some((ep, at) => at > 0 && epochs[at - 1]! >= ep)) refuse('grant')
  if (new Set(envelopes).size !== envelopes.length) refuse('grant')
  if (new Set(singles.map((one) => one.rid)).size !== singles.length) refuse('grant')
  if (act === 'deposit' && (epochs.length || singles.length)) refuse('grant')
  // A drawer key or singles, never both.
  if (act === 'read' && epochs.length > 0 === singles.length > 0) refuse('grant')
  if (found.cat === ANSWERS && epochs.length) refuse('grant')
  return found
}

function single(value: unknown): Single {
  const given = checkMembers(value, ['rid', 'ver', 'h'])
  return { rid: checkId(given.rid), ver: checkInt(given.ver, 1), h: checkHash(given.h) }
}

/** The grant's value. Spelling, header, members and shape are checked; the signature is not: see `whyNot`. */
export async function readGrant(token: string): Promise<Grant> {
  const { header, claims } = peek(token)
  return header.typ === GRANT ? grantValue(token, header.kid, claims) : refuse('header')
}

export type Reason =
  | 'unreadable' | 'forged' | 'other-reader' | 'other-key' | 'other-act'
  | 'other-drawer' | 'not-yet' | 'ended' | 'withdrawn' | 'not-assented' // prettier-ignore

/** Why this grant does not allow this, or null if it does: the first reason that holds, in the order of `Reason`.
 * The question's members are those of formats/grant.py. */
export async function whyNot(
  token: string,
  asks: {
    cardSig: unknown
    vlt: string
    reader: string
    keyJkt: string | null
    partyKeys: ReadonlySet<string> | null
    act: string
    drawers: readonly string[]
    now: number
    revoked: ReadonlySet<string>
    assentsMissing: boolean
  },
): Promise<Reason | null> {
  let grant: Grant
  try {
    grant = await readGrant(token)
  } catch (error) {
    if (error instanceof FormatError) return 'unreadable'
    throw error
  }
  if (!(await genuine(grant, asks.cardSig, asks.vlt))) return 'forged'
  if (grant.aud !== asks.reader) return 'other-reader'
  if (asks.keyJkt !== null && grant.jkt !== asks.keyJkt) return 'other-key'
  if (asks.partyKeys !== null && !asks.partyKeys.has(grant.jkt)) return 'other-key'
  if (grant.act !== asks.act) return 'other-act'
  if (asks.drawers.some((drw) => !grant.drawers.some((one) => one.id === drw))) return 'other-drawer'
  if (asks.now < grant.nbf) return 'not-yet'
  if (asks.now >= grant.exp) return 'ended'
  if (asks.revoked.has(grant.jti)) return 'withdrawn'
  return asks.assentsMissing ? 'not-assented' : null
}

async function genuine(grant: Grant, cardSig: unknown, vlt: string): Promise<boolean> {
  if (grant.vlt !== vlt) return false
  try {
    await verify(grant.token, GRANT, cardSig)
    return true
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}
