// SPDX-License-Identifier: EUPL-1.2
// `vault-catalogue+jwt`: the rules of a municipality, signed as one version that names each file by path and hash.
// Mirrors the checking half of formats/catalogue.py.
import { verify } from './jose.ts'
import {
  ascending,
  checkHash,
  checkInt,
  checkList,
  checkMembers,
  checkOrganisation,
  checkText,
  orNull,
  refuse,
  sid,
} from './spelling.ts'

export const CATALOGUE = 'vault-catalogue+jwt'
const PATH = /^[a-z0-9_-][a-z0-9._-]*(?:\/[a-z0-9_-][a-z0-9._-]*)*$/

/** Version `ver` by `iss`, in force from `nbf` (seconds): path -> H(file), and the URIs it recalls. */
export interface Catalogue {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly ver: number
  readonly prv: string | null
  readonly iat: number
  readonly nbf: number
  readonly files: ReadonlyMap<string, string>
  readonly recalled: readonly string[]
}

/** A version, checked with the pinned catalogue key. */
export async function verifyCatalogue(token: string, catalogueKey: unknown): Promise<Catalogue> {
  const names = ['iss', 'ver', 'prv', 'iat', 'nbf', 'files', 'rec']
  const claims = checkMembers(await verify(token, CATALOGUE, catalogueKey), names)
  const ver = checkInt(claims.ver, 1), prv = orNull(checkHash, claims.prv)
  if ((prv === null) !== (ver === 1)) refuse('catalogue')
  const files = checkList(claims.files).map((one): [string, string] => {
    const given = checkMembers(one, ['path', 'h'])
    const path = checkText(given.path)
    return [PATH.test(path) ? path : refuse('path'), checkHash(given.h)]
  })
  if (!files.length || !ascending(files.map(([path]) => path))) refuse('catalogue')
  return {
    token,
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    ver,
    prv,
    iat: checkInt(claims.iat),
    nbf: checkInt(claims.nbf),
    files: new Map(files),
    recalled: checkList(claims.rec).map((one) => checkText(checkMembers(one, ['uri']).uri, 500)),
  }
}
