// SPDX-License-Identifier: EUPL-1.2
// `vault-person+jwt`: the identity issuer's word that a vault belongs to whom signed in there. Mirrors
// formats/person.py.
import { verify } from './jose.ts'
import { checkHash, checkInt, checkMembers, checkOrganisation, checkText, checkVault, sid } from './spelling.ts'

export const PERSON = 'vault-person+jwt'

/** The issuer, the vault, the thumbprint of its SIG, how surely the person was known (`acr`), and when (seconds). */
export interface Attested {
  readonly sid: string
  readonly iss: string
  readonly vlt: string
  readonly jkt: string
  readonly acr: string
  readonly iat: number
}

/** The identity issuer's statement, checked with its pinned key. */
export async function verifyPerson(token: string, issuerKey: unknown): Promise<Attested> {
  const claims = checkMembers(await verify(token, PERSON, issuerKey), ['iss', 'sub', 'cnf', 'acr', 'iat'])
  return {
    sid: await sid(token),
    iss: checkOrganisation(claims.iss),
    vlt: checkVault(claims.sub),
    jkt: checkHash(checkMembers(claims.cnf, ['jkt']).jkt),
    acr: checkText(claims.acr),
    iat: checkInt(claims.iat),
  }
}
