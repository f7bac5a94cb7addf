// SPDX-License-Identifier: EUPL-1.2
// Compact JWE, the one door to `jose` for it: one recipient, A256GCM, a header that is known beforehand. Nothing here
// knows what is sealed; sealing.ts says for each kind which header it has and which key opens it. The library gets one
// key algorithm at a time, and only after spelling and header were checked. Mirrors formats/jwe.py. Sources: RFC 7516,
// RFC 7518 sections 4.4, 4.6 and 5.3; formats.md sections 1, 3 and 11.
import { CompactEncrypt, compactDecrypt } from 'jose'
import { type Alg, sealedHeader } from './record.ts'
import { type Bytes, type Claims, type PublicJwk, checkId, checkInt, checkToken, parseJson, publicEc, refuse } from './spelling.ts'

const COMMON = ['alg', 'enc', 'typ', 'kid', 'cty']

/** A protected header, exactly; the library adds `epk` for ECDH-ES+A256KW. */
export type Header = { readonly alg: Alg; readonly enc: 'A256GCM'; readonly typ: string; readonly kid: string } & {
  readonly [name: string]: string | number
}

/** The header of a sealed thing. FormatError when the place is not well-formed. */
export function headerFor(alg: Alg, typ: string, kid: string, place: { readonly [name: string]: string | number }): Header {
  for (const name of ['vlt', 'drw', 'rid', 'gnt']) if (name in place) checkId(place[name])
  for (const name of ['ver', 'ep', 'seq']) if (name in place) checkInt(place[name], 1)
  return { alg, enc: 'A256GCM', typ, kid, ...place }
}

/** A token with this header over `plaintext`. */
export async function sealCompact(header: Header, plaintext: Bytes, key: CryptoKey): Promise<string> {
  const { alg, enc, ...further } = header
  return new CompactEncrypt(plaintext).setProtectedHeader({ alg, enc, ...further }).encrypt(key)
}

/** The plaintext of a token whose header is exactly `expected` (and, for ECDH-ES+A256KW, a sound `epk`). */
export async function openAt(token: string, expected: Header, key: CryptoKey): Promise<Bytes> {
  const names = Object.keys(expected).filter((name) => !COMMON.includes(name))
  const cty = typeof expected.cty === 'string' ? expected.cty : null
  const header: Claims = sealedHeader(token, expected.typ, expected.alg, names, cty)
  for (const [name, value] of Object.entries(expected)) if (header[name] !== value) refuse('header')
  return openCompact(token, expected.alg, key)
}

/** The core of opening, before any rule of ours about typ, kid and members: spelling, one algorithm, decryption. Public
 * for the published test vectors; everything else goes through a function that also checks the place. */
export async function openCompact(token: string, alg: Alg, key: CryptoKey): Promise<Bytes> {
  parseJson(checkToken(token, 5)[0]!)
  const lists = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: ['A256GCM'] }
  try {
    return new Uint8Array((await compactDecrypt(token, key, lists)).plaintext)
  } catch {
    refuse('token')
  }
}

/** A public ENC or BOX, checked, for sealing to it. */
export async function publicKey(enc: PublicJwk): Promise<CryptoKey> {
  const { kty, crv, x, y } = await publicEc(enc, 'enc')
  return crypto.subtle.importKey('jwk', { kty, crv, x, y }, { name: 'ECDH', namedCurve: 'P-256' }, false, [])
}
