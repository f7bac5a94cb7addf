// SPDX-License-Identifier: EUPL-1.2
// DPoP proofs (RFC 9449), made: "whoever sends this request holds this key". Checking them is the servers' part. The
// key cannot be read out of the browser. Mirrors `make_proof` of formats/dpop.py.
import { type SigningKey, signBytes } from './jose.ts'
import { b64u, dumpJson, newId, utf8 } from './spelling.ts'

/** A proof for one request at `now` (seconds). `ath` = H(access token), where one is sent along. */
export async function makeProof(
  key: SigningKey,
  method: string,
  url: string,
  now: number,
  ath: string | null = null,
  jti = newId(),
): Promise<string> {
  const { kty, crv, x, y } = key.jwk
  const target = new URL(url)
  const claims = { jti, htm: method, htu: target.origin + target.pathname, iat: now, ...(ath === null ? {} : { ath }) }
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }
  const signed = `${b64u(dumpJson(header))}.${b64u(dumpJson(claims))}`
  return `${signed}.${b64u(await signBytes(utf8(signed), key.key))}`
}
