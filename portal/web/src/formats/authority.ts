// SPDX-License-Identifier: EUPL-1.2
// Who may decide for a child, and that a young person cannot decide: two statements that others sign. She sees both.
// Mirrors the checking half of formats/authority.py.
import { verify } from './jose.ts'
import {
  DAY,
  checkBool,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkOrganisation,
  checkTeam,
  checkText,
  checkVault,
  orNull,
  refuse,
  sid,
} from './spelling.ts'

export const GEZAG = 'vault-gezag+jwt', ABLE = 'vault-able+jwt'
const KINDS = [
  'EenhoofdigOuderlijkGezag', 'GezamenlijkOuderlijkGezag', 'GezamenlijkGezag', 'Voogdij',
  'TijdelijkGeenGezag', 'GezagNietTeBepalen',
] as const // prettier-ignore
const SOURCE_LIFE = 30 * DAY, BY_HAND_LIFE = 90 * DAY, ABLE_LIFE = 366 * DAY

/** Who has gezag over the owner of `vlt`: the kind, the adults (HMACs), whether it is under inquiry, and the moment of
 * the snapshot `at`. `emp` is set when a team's employee signed it by hand. */
export interface Gezag {
  readonly sid: string
  readonly iss: string
  readonly vlt: string
  readonly kind: (typeof KINDS)[number]
  readonly adults: readonly string[]
  readonly inquiry: boolean
  readonly at: number
  readonly iat: number
  readonly exp: number
  readonly emp: string | null
}

/** A snapshot, checked with the pinned key of its source, or for one by hand with the team's. */
export async function verifyGezag(token: string, sourceKey: unknown): Promise<Gezag> {
  const names = ['iss', 'sub', 'kind', 'adults', 'inv', 'at', 'iat', 'exp', 'emp']
  const claims = checkMembers(await verify(token, GEZAG, sourceKey), names)
  const emp = orNull((value) => checkText(value), claims.emp)
  const found = {
    sid: await sid(token),
    iss: emp === null ? checkOrganisation(claims.iss) : checkTeam(claims.iss),
    vlt: checkVault(claims.sub),
    kind: checkOneOf(claims.kind, KINDS),
    adults: checkList(claims.adults, 20).map(checkHash),
    inquiry: checkBool(claims.inv),
    at: checkInt(claims.at),
    iat: checkInt(claims.iat),
    exp: checkInt(claims.exp),
    emp,
  }
  const life = emp === null ? SOURCE_LIFE : BY_HAND_LIFE
  if (found.iat >= found.exp || found.exp > found.iat + life || found.at > found.iat) refuse('gezag')
  return new Set(found.adults).size === found.adults.length ? found : refuse('gezag')
}

/** A professional's statement that the owner of `vlt` cannot decide under regime `rgm`, until `exp`. */
export interface Unable {
  readonly sid: string
  readonly iss: string
  readonly vlt: string
  readonly rgm: string
  readonly rsn: string
  readonly emp: string
  readonly iat: number
  readonly exp: number
}

/** "Not able", checked with the key that the directory gives for the professional's team. */
export async function verifyAble(token: string, teamKey: unknown): Promise<Unable> {
  const names = ['iss', 'vlt', 'rgm', 'rsn', 'emp', 'iat', 'exp']
  const claims = checkMembers(await verify(token, ABLE, teamKey), names)
  const iat = checkInt(claims.iat), exp = checkInt(claims.exp)
  if (iat >= exp || exp > iat + ABLE_LIFE) refuse('able')
  return {
    sid: await sid(token),
    iss: checkTeam(claims.iss),
    vlt: checkId(claims.vlt),
    rgm: checkText(claims.rgm, 60),
    rsn: checkText(claims.rsn, 60),
    emp: checkText(claims.emp),
    iat,
    exp,
  }
}
