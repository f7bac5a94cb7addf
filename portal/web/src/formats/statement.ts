// SPDX-License-Identifier: EUPL-1.2
// The person's statements: one gapless signed chain per vault. Six types: card (keys), epoch (a drawer's key pair),
// grant, revoke, assent, head. `sign*` makes one, `verifyStatement` checks signature and shape, `follows` its place
// after the one before, chain.ts the rules that need more of the chain. Mirrors formats/statement.py.
import { type Grant, GRANT, LINK_MEMBERS, checkLink, grantValue } from './grant.ts'
import { type SigningKey, peek, publicHalf, sign, verify } from './jose.ts'
import type { Attested } from './person.ts'
import {
  type Bytes,
  type Claims,
  DAY,
  H,
  type PublicJwk,
  ascending,
  b64u,
  checkBool,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkParty,
  checkText,
  join,
  publicEc,
  refuse,
  sha256,
  sid,
} from './spelling.ts'

export { GRANT }
export const CARD = 'vault-card+jwt', EPOCH = 'vault-epoch+jwt', REVOKE = 'vault-revoke+jwt'
export const ASSENT = 'vault-assent+jwt', HEAD = 'vault-head+jwt'
export const EPOCH_LIFE = 120 * DAY
const ENVELOPES_STEP = 8
const RSN = ['new', 'renew', 'rotate'] as const
export type Rsn = (typeof RSN)[number]

/** A passkey of a card. */
export interface Passkey {
  readonly id: string
  readonly jwk: PublicJwk
}

export interface CardClaims {
  readonly sig: PublicJwk
  readonly enc: PublicJwk
  readonly wa: readonly Passkey[]
  readonly rec: string
}

export interface EpochClaims {
  readonly drw: string
  readonly cat: string
  readonly ep: number
  readonly box: PublicJwk
  readonly dkc: string
  readonly rsn: Rsn
  readonly env: readonly string[]
  readonly exp: number
}

export interface RevokeClaims {
  readonly jti: string
  readonly aud: string
  readonly drw: readonly string[]
}

export interface AssentClaims {
  readonly gnt: string
  readonly sid: string
  readonly yes: boolean
}

export interface HeadClaims {
  readonly drw: string
  readonly n: number
  readonly h: string
}

/** Where a statement stands: whose chain, its number, the sid before it (null at 0), when (seconds), newest keyring. */
export interface Link {
  readonly iss: string
  readonly seq: number
  readonly prv: string | null
  readonly iat: number
  readonly ring: number
}

interface Of<Typ extends string, Members> {
  readonly typ: Typ
  readonly sid: string
  readonly token: string
  readonly link: Link
  readonly vlt: string
  readonly seq: number
  readonly claims: Members
}

/** A statement whose signature and shape were checked. */
export type Statement =
  | Of<typeof CARD, CardClaims>
  | Of<typeof EPOCH, EpochClaims>
  | Of<typeof GRANT, Grant>
  | Of<typeof REVOKE, RevokeClaims>
  | Of<typeof ASSENT, AssentClaims>
  | Of<typeof HEAD, HeadClaims>

/** Statements of one type. */
export type StatementOf<Typ extends Statement['typ']> = Extract<Statement, { typ: Typ }>

/** The place right after `before`. */
export function linkAfter(before: Statement, iat: number, ring: number): Link {
  return { iss: before.link.iss, seq: before.seq + 1, prv: before.sid, iat, ring }
}

// -- signing -------------------------------------------------------------------------------------------------

async function signed(typ: string, key: SigningKey, link: Link, further: Claims): Promise<string> {
  const { iss, seq, prv, iat, ring } = link
  const token = await sign({ iss, seq, prv, iat, ring, ...further }, typ, key)
  await check(token) // what we would refuse we do not sign
  return token
}

/** The vault's card: its keys from the next statement on, passkeys, hash of its unlock slots. `key` is the private SIG:
 * its own at number 0, later the one of the card before. */
export async function signCard(
  key: SigningKey,
  link: Link,
  given: { sig: PublicJwk; enc: PublicJwk; passkeys: readonly Passkey[]; slots: readonly string[] },
): Promise<string> {
  const wa = given.passkeys.map((one) => ({ id: one.id, jwk: publicHalf(one.jwk) }))
  const keys = { sig: publicHalf(given.sig), enc: publicHalf(given.enc), pq: null, wa }
  return signed(CARD, key, link, { ...keys, rec: await slotsHash(given.slots) })
}

/** `rec` of a card: H of the slot ids, ascending, joined by LF. */
export function slotsHash(slots: readonly string[]): Promise<string> {
  return H(slots.map(checkId).sort().join('\n'))
}

/** A drawer's epoch. At a renewal give the whole list `env` of the statement before, fillers included: a filler that is
 * replaced would give itself away. */
export function signEpoch(
  key: SigningKey,
  link: Link,
  given: { drw: string; cat: string; ep: number; box: PublicJwk; dkc: string; rsn: Rsn; env: readonly string[] },
): Promise<string> {
  const { drw, cat, ep, dkc, rsn } = given
  const box = publicHalf(given.box)
  return signed(EPOCH, key, link, { drw, cat, ep, box, dkc, rsn, env: filled(given.env), exp: link.iat + EPOCH_LIFE })
}

/** The hashes ascending, with random ones up to the next multiple of 8, at least 8. */
export function filled(hashes: readonly string[]): string[] {
  const found = new Set(hashes.map(checkHash))
  while (!found.size || found.size % ENVELOPES_STEP) found.add(b64u(crypto.getRandomValues(new Uint8Array(32))))
  return [...found].sort()
}

/** What a grant says besides its place in the chain. */
export interface GrantTerms {
  readonly jti: string
  readonly aud: string
  readonly act: string
  readonly knd: string
  readonly nbf: number
  readonly exp: number
  readonly drw: readonly Claims[]
  readonly pur: { readonly uri: string; readonly lang: string; readonly h: string }
  readonly jkt: string
  readonly org: string
  readonly req: string | null
}

/** A yes: to whom (`aud`, with key `jkt`), what (`drw`), what for, from when until when. */
export function signGrant(key: SigningKey, link: Link, terms: GrantTerms): Promise<string> {
  const { jti, aud, act, knd, nbf, exp, drw, org, req } = terms
  const { uri, lang, h } = terms.pur
  const further = { jti, aud, act, knd, nbf, exp, drw, pur: { uri, lang, h }, cnf: { jkt: terms.jkt }, org, req }
  return signed(GRANT, key, link, further)
}

/** The end of a grant; `drw` names every drawer of it. */
export function signRevoke(key: SigningKey, link: Link, given: RevokeClaims): Promise<string> {
  return signed(REVOKE, key, link, { jti: given.jti, aud: given.aud, drw: given.drw })
}

/** The drawer's history as this device knows it: `n` changes, with head `h` (see `nextHead`). */
export function signHead(key: SigningKey, link: Link, given: { drw: string; n: number; h: Bytes }): Promise<string> {
  return signed(HEAD, key, link, { drw: given.drw, n: given.n, h: b64u(given.h) })
}

// -- shapes --------------------------------------------------------------------------------------------------

async function card(claims: Claims): Promise<CardClaims> {
  const sig = await publicEc(claims.sig, 'sig'), enc = await publicEc(claims.enc, 'enc')
  if (claims.pq !== null) refuse('card') // off until its draft is an RFC
  const wa: Passkey[] = []
  for (const one of checkList(claims.wa, 20)) {
    const given = checkMembers(one, ['id', 'jwk'])
    wa.push({ id: checkText(given.id, 1_400), jwk: await publicEc(given.jwk, 'sig') })
  }
  if (new Set(wa.map((one) => one.id)).size !== wa.length) refuse('card')
  return { sig, enc, wa, rec: checkHash(claims.rec) }
}

async function epoch(claims: Claims, iat: number): Promise<EpochClaims> {
  const found = {
    drw: checkId(claims.drw),
    cat: checkText(claims.cat),
    ep: checkInt(claims.ep, 1),
    box: await publicEc(claims.box, 'enc'),
    dkc: checkHash(claims.dkc),
    rsn: checkOneOf(claims.rsn, RSN),
    env: checkList(claims.env).map(checkHash),
    exp: checkInt(claims.exp),
  }
  if (!ascending(found.env) || found.env.length % ENVELOPES_STEP) refuse('epoch')
  if (found.exp !== iat + EPOCH_LIFE) refuse('epoch')
  if ((found.rsn === 'new' && found.ep !== 1) || (found.rsn === 'rotate' && found.ep === 1)) refuse('epoch')
  return found
}

function revoke(claims: Claims): RevokeClaims {
  const drw = checkList(claims.drw).map(checkId)
  if (new Set(drw).size !== drw.length) refuse('revoke')
  return { jti: checkId(claims.jti), aud: checkParty(claims.aud), drw }
}

function assent(claims: Claims): AssentClaims {
  return { gnt: checkId(claims.gnt), sid: checkHash(claims.sid), yes: checkBool(claims.yes) }
}

function head(claims: Claims): HeadClaims {
  return { drw: checkId(claims.drw), n: checkInt(claims.n, 1), h: checkHash(claims.h) }
}

const MEMBERS = {
  [CARD]: ['sig', 'enc', 'pq', 'wa', 'rec'],
  [EPOCH]: ['drw', 'cat', 'ep', 'box', 'dkc', 'rsn', 'env', 'exp'],
  [REVOKE]: ['jti', 'aud', 'drw'],
  [ASSENT]: ['gnt', 'sid', 'yes'],
  [HEAD]: ['drw', 'n', 'h'],
} as const

async function check(token: string): Promise<Statement> {
  const { header, claims } = peek(token)
  const typ = checkOneOf(header.typ, [CARD, EPOCH, GRANT, REVOKE, ASSENT, HEAD])
  if (typ === GRANT) {
    const grant = await grantValue(token, header.kid, claims)
    const { iss, seq, prv, iat, ring } = grant
    return { typ, sid: grant.sid, token, link: { iss, seq, prv, iat, ring }, vlt: grant.vlt, seq, claims: grant }
  }
  checkMembers(claims, [...LINK_MEMBERS, ...MEMBERS[typ]])
  const link = checkLink(claims)
  if (link.seq === 0 && typ !== CARD) refuse('chain')
  const place = { sid: await sid(token), token, link, vlt: link.iss.slice(6), seq: link.seq }
  switch (typ) {
    case CARD:
      return { typ, ...place, claims: await card(claims) }
    case EPOCH:
      return { typ, ...place, claims: await epoch(claims, link.iat) }
    case REVOKE:
      return { typ, ...place, claims: revoke(claims) }
    case ASSENT:
      return { typ, ...place, claims: assent(claims) }
    case HEAD:
      return { typ, ...place, claims: head(claims) }
  }
}

// -- checking ------------------------------------------------------------------------------------------------

/** A statement signed by `cardSig`, the public SIG that counts at its number: a new card's from the next. Signature,
 * header, members and shape; its place in the chain is for `follows`. */
export async function verifyStatement(token: string, cardSig: unknown): Promise<Statement> {
  await verify(token, peek(token).header.typ, cardSig)
  return check(token)
}

/** Statement 0: a card signed by its own `sig`. Whose it is, the identity issuer says (`isCardOf`). */
export async function verifyFirstCard(token: string): Promise<StatementOf<typeof CARD>> {
  return peek(token).claims.seq === 0 ? verifyOwnCard(token) : refuse('card')
}

/** A card signed by its own `sig`: statement 0, or a later one that keeps the key of before. Who is handed such a later one
 * without those before it may take its key for what was signed earlier too: it was the same, or does not verify. */
export async function verifyOwnCard(token: string): Promise<StatementOf<typeof CARD>> {
  const { header, claims } = peek(token)
  if (header.typ !== CARD) refuse('card')
  const found = await verifyStatement(token, await publicEc(claims.sig, 'sig'))
  return found.typ === CARD ? found : refuse('card')
}

/** Refuses unless `newer` is the next statement after `before` in one chain; after null: statement 0. */
export function follows(before: Statement | null, newer: Statement): void {
  if (before === null) return newer.seq === 0 ? undefined : refuse('chain')
  const [was, is] = [before.link, newer.link]
  if (is.iss !== was.iss || is.seq !== was.seq + 1 || is.prv !== before.sid) refuse('chain')
  if (is.iat < was.iat || is.ring < was.ring) refuse('chain')
}

/** The drawer head after change number `n`: `op` put, file or del, of record `rid` at `ver`. `t` = H(the sealed token),
 * empty for del. `before` is 32 zero bytes before the first change. */
export function nextHead(before: Bytes, n: number, op: string, rid: string, ver: number, t: string): Promise<Bytes> {
  checkOneOf(op, ['put', 'file', 'del'])
  if (before.length !== 32 || (op === 'del') !== (t === '')) refuse('head')
  if (t) checkHash(t)
  const change = [checkInt(n, 1), op, checkId(rid), checkInt(ver, 1), t].join('\0')
  return sha256(join('vault/v1/head\0', before, change))
}

/** Whether this card is of that person's vault and holds the SIG that the identity issuer saw. */
export function isCardOf(person: Attested, one: Statement): boolean {
  return one.typ === CARD && one.vlt === person.vlt && one.claims.sig.kid === person.jkt
}
