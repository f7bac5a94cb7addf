// SPDX-License-Identifier: EUPL-1.2
// `vault-team+jwt`: who is in a team, signed by its administrator; and the outer shape of `vault-team+jwe`. A team's key
// exists only as one sealed copy for each member. Anybody could seal something to a member, so a copy counts only when a
// list names the very key in it (`jkt`). Mirrors formats/team.py.
import { type SigningKey, publicHalf, sign, verify } from './jose.ts'
import { TO_KEY, sealedHeader } from './record.ts'
import {
  type PublicJwk,
  checkHash,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkTeam,
  orNull,
  publicEc,
  refuse,
  sid,
} from './spelling.ts'

export const TEAM = 'vault-team+jwt', TEAM_KEY = 'vault-team+jwe'
export const ROLES = ['keeper', 'member'] as const
const MOST_MEMBERS = 200
const MEMBERS = ['iss', 'seq', 'prv', 'iat', 'adm', 'jkt', 'members']
const SUBJECT = /^cw_[A-Za-z0-9_-]{1,80}$/

/** A caseworker as the gateway's tokens name one: `cw_…`. */
export function checkSubject(value: unknown): string {
  return typeof value === 'string' && SUBJECT.test(value) ? value : refuse('subject')
}

/** A member: the caseworker, the public keys of that member's own keyring, and the role. A keeper also gives the team's
 * key to others. */
export interface TeamMember {
  readonly sub: string
  readonly sig: PublicJwk
  readonly enc: PublicJwk
  readonly role: (typeof ROLES)[number]
}

/** List `seq` (from 1) of team `iss`. `adm` signs the next one. `jkt`: thumbprint of the team's ENC, or null while there
 * is none. */
export interface TeamList {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly seq: number
  readonly prv: string | null
  readonly iat: number
  readonly adm: PublicJwk
  readonly jkt: string | null
  readonly members: readonly TeamMember[]
}

/** What a next list says. */
export type TeamTerms = Pick<TeamList, 'iss' | 'iat' | 'adm' | 'jkt' | 'members'>

/** The next list of a team; the first where there is none before. `key`: the administrator's. */
export async function signTeam(key: SigningKey, previous: TeamList | null, terms: TeamTerms): Promise<string> {
  const members = terms.members.map(({ sub, sig, enc, role }) => ({ sub, sig: publicHalf(sig), enc: publicHalf(enc), role }))
  const claims = {
    iss: terms.iss,
    seq: previous ? previous.seq + 1 : 1,
    prv: previous ? previous.sid : null,
    iat: terms.iat,
    adm: publicHalf(terms.adm),
    jkt: terms.jkt,
    members,
  }
  const token = await sign(claims, TEAM, key)
  teamFollows(previous, await verifyTeam(token, key.jwk)) // what we would refuse we do not sign
  return token
}

/** A list, checked with the administrator's key: of the settings for the first, of the list before for a later one. That
 * it is the next one: `teamFollows`. */
export async function verifyTeam(token: string, administratorKey: PublicJwk): Promise<TeamList> {
  const claims = checkMembers(await verify(token, TEAM, administratorKey), MEMBERS)
  const seq = checkInt(claims.seq, 1), prv = orNull(checkHash, claims.prv)
  if ((prv === null) !== (seq === 1)) refuse('team')
  const found: TeamList = {
    token,
    sid: await sid(token),
    iss: checkTeam(claims.iss),
    seq,
    prv,
    iat: checkInt(claims.iat),
    adm: await publicEc(claims.adm, 'sig'),
    jkt: orNull(checkHash, claims.jkt),
    members: await Promise.all(checkList(claims.members, MOST_MEMBERS).map(member)),
  }
  const keys = found.members.map((one) => one.sig.kid)
  for (const names of [found.members.map((one) => one.sub), found.members.map((one) => one.enc.kid), keys]) {
    if (new Set(names).size !== names.length) refuse('team')
  }
  if (keys.includes(found.adm.kid) || keys.includes(administratorKey.kid)) refuse('team')
  return found
}

/** Refuses unless `next` is the list right after `previous` (null: the first). Time never runs back. */
export function teamFollows(previous: TeamList | null, next: TeamList): void {
  if (previous === null) {
    if (next.seq !== 1) refuse('team')
    return
  }
  const linked = next.iss === previous.iss && next.seq === previous.seq + 1 && next.prv === previous.sid
  if (!linked || next.iat < previous.iat) refuse('team')
}

/** All lists of team `iss`, oldest first, from the one that `firstKey` signed. FormatError for a gap, a fork or another's
 * signature. */
export async function checkTeamLists(tokens: readonly string[], firstKey: PublicJwk, iss: string): Promise<readonly TeamList[]> {
  const found: TeamList[] = []
  for (const token of tokens) {
    const previous = found.at(-1) ?? null
    const next = await verifyTeam(token, previous ? previous.adm : firstKey)
    teamFollows(previous, next)
    found.push(next)
  }
  return found[0]?.iss === iss ? found : refuse('team')
}

async function member(value: unknown): Promise<TeamMember> {
  const given = checkMembers(value, ['sub', 'sig', 'enc', 'role'])
  return {
    sub: checkSubject(given.sub),
    sig: await publicEc(given.sig, 'sig'),
    enc: await publicEc(given.enc, 'enc'),
    role: checkOneOf(given.role, ROLES),
  }
}

/** For whom a copy of a team's key is: the team, the list under which it was made, the member, and the thumbprint of the
 * member's ENC. */
export interface TeamKeyPlace {
  readonly iss: string
  readonly seq: number
  readonly sub: string
  readonly kid: string
}

/** The place a sealed team key names. */
export function teamKeyPlace(jwe: string): TeamKeyPlace {
  const found = sealedHeader(jwe, TEAM_KEY, TO_KEY, ['iss', 'seq', 'sub'], 'jwk-set+json')
  return { iss: checkTeam(found.iss), seq: checkInt(found.seq, 1), sub: checkSubject(found.sub), kid: checkHash(found.kid) }
}
