// SPDX-License-Identifier: EUPL-1.2
// Keys and compact JWS: the one door for them. ES256 only; sealing has its own door (jwe.ts).
//
// Signing and checking call WebCrypto directly: the header is exactly `alg, typ, kid`, so nothing is left to
// negotiate. Private keys that work every day are CryptoKeys that cannot be read out. Mirrors formats/jose.py.
// Sources: RFC 7515, RFC 7517, RFC 7518 section 3.4.
import {
  type Bytes,
  type Claims,
  type PublicJwk,
  PUBLIC_EC,
  b64u,
  checkMembers,
  checkString,
  checkToken,
  dumpJson,
  parseJson,
  publicEc,
  refuse,
  thumbprint,
  unb64u,
  utf8,
} from './spelling.ts'

export const MAX_JWS = 1_048_576 // characters; what is longer is an attachment

/** A private P-256 JWK: a public one and `d`. It exists while a keyring is written or read, no longer. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string
}

/** A 32-byte key as an A256KW JWK. */
export interface SymmetricJwk {
  readonly kty: 'oct'
  readonly k: string
  readonly alg: 'A256KW'
  readonly use: 'enc'
  readonly kid: string
}

/** A private key that signs and cannot be read out, with its public half. */
export interface SigningKey {
  readonly key: CryptoKey
  readonly jwk: PublicJwk
}

const HEADER = ['alg', 'typ', 'kid'] as const
const CURVE = { sig: { name: 'ECDSA', namedCurve: 'P-256' }, enc: { name: 'ECDH', namedCurve: 'P-256' } } as const
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const

// -- keys ----------------------------------------------------------------------------------------------------

async function fresh(use: 'sig' | 'enc', alg: string): Promise<PrivateJwk> {
  const pair = await crypto.subtle.generateKey(CURVE[use], true, use === 'sig' ? ['sign'] : ['deriveBits'])
  const { x, y, d } = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (!x || !y || !d) refuse('key')
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const
  return { ...jwk, alg, use, kid: await thumbprint(jwk), d }
}

/** A new private ES256 JWK; its `kid` is its thumbprint. */
export function newSigningKey(): Promise<PrivateJwk> {
  return fresh('sig', 'ES256')
}

/** A new private ECDH-ES+A256KW JWK; its `kid` is its thumbprint. */
export function newSealingKey(): Promise<PrivateJwk> {
  return fresh('enc', 'ECDH-ES+A256KW')
}

/** The public half of a private JWK (or a copy of a public one). */
export function publicHalf(jwk: PublicJwk): PublicJwk {
  const { kty, crv, x, y, alg, use, kid } = jwk
  return { kty, crv, x, y, alg, use, kid }
}

/** A private P-256 JWK: a public one and `d`, and `d` gives `x` and `y`. */
export async function privateEc(value: unknown, use: 'sig' | 'enc'): Promise<PrivateJwk> {
  const { d, ...half } = checkMembers(value, [...PUBLIC_EC, 'd'])
  const jwk = { ...(await publicEc(half, use)), d: checkString(d) }
  if (unb64u(jwk.d).length !== 32) refuse('key')
  // No library tells whether `d` belongs to the point: a signature by the one, checked with the other, does.
  const proof = utf8('pair')
  const signed = await crypto.subtle.sign(ES256, await importPrivate(jwk, 'sig'), proof)
  await verifyBytes(proof, new Uint8Array(signed), jwk)
  return jwk
}

/** A private JWK as a key that cannot be read out. */
export async function importPrivate(jwk: PrivateJwk, use: 'sig' | 'enc'): Promise<CryptoKey> {
  const { kty, crv, x, y, d } = jwk
  try {
    const uses: KeyUsage[] = use === 'sig' ? ['sign'] : ['deriveBits']
    return await crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, CURVE[use], false, uses)
  } catch {
    refuse('key')
  }
}

/** A private SIG, for use. */
export async function signer(jwk: PrivateJwk): Promise<SigningKey> {
  return { key: await importPrivate(jwk, 'sig'), jwk: publicHalf(jwk) }
}

/** A 32-byte key as an A256KW JWK. */
export function symmetric(k: Uint8Array, kid: string): SymmetricJwk {
  if (k.length !== 32 || !kid) refuse('key')
  return { kty: 'oct', k: b64u(k), alg: 'A256KW', use: 'enc', kid }
}

/** The 32 bytes behind a JWK made by `symmetric`. */
export function checkSymmetric(value: unknown): Bytes {
  const jwk = checkMembers(value, ['kty', 'k', 'alg', 'use', 'kid'])
  if (jwk.kty !== 'oct' || jwk.alg !== 'A256KW' || jwk.use !== 'enc' || !checkString(jwk.kid)) refuse('key')
  const k = unb64u(jwk.k)
  return k.length === 32 ? k : refuse('key')
}

const verifiers = new Map<string, Promise<CryptoKey>>() // by point, bounded

function verifier(x: string, y: string): Promise<CryptoKey> {
  const name = `${x} ${y}`
  let found = verifiers.get(name)
  if (!found) {
    if (verifiers.size > 500) verifiers.clear()
    found = crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y }, CURVE.sig, false, ['verify'])
    verifiers.set(name, found)
  }
  return found
}

// -- tokens --------------------------------------------------------------------------------------------------

/** An ES256 signature as 64 bytes, r and s. */
export async function signBytes(data: Bytes, key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign(ES256, key, data))
}

/** Refuses unless `signature` (64 bytes) is an ES256 signature over `data` by the key at this point. */
export async function verifyBytes(data: Bytes, signature: Bytes, at: { x: string; y: string }): Promise<void> {
  if (signature.length !== 64) refuse('signature')
  let good = false
  try {
    good = await crypto.subtle.verify(ES256, await verifier(at.x, at.y), signature, data)
  } catch {
    refuse('key')
  }
  if (!good) refuse('signature')
}

/** A compact JWS over `claims` in the order given; the header is exactly `alg, typ, kid`. */
export async function sign(claims: Claims, typ: string, key: SigningKey): Promise<string> {
  const header = { alg: 'ES256', typ, kid: key.jwk.kid }
  const signed = `${b64u(dumpJson(header))}.${b64u(dumpJson(claims))}`
  const token = `${signed}.${b64u(await signBytes(utf8(signed), key.key))}`
  return token.length > MAX_JWS ? refuse('token') : token
}

/** The claims of a JWS of this `typ` signed by `key`, a public JWK that the caller trusts already. Refuses another
 * header, another `kid`, another `typ`, and a key that is not exactly a public ES256 JWK. */
export async function verify(token: string, typ: string, key: unknown): Promise<Claims> {
  const jwk = await publicEc(key, 'sig')
  const { header, claims, signature } = split(token)
  if (header.typ !== typ || header.kid !== jwk.kid) refuse('header')
  await verifyBytes(utf8(token.slice(0, token.lastIndexOf('.'))), signature, jwk)
  return parseJson(claims)
}

/** Header and claims of a JWS, spelling and header shape checked, signature NOT: to find the key it names. */
export function peek(token: string): { header: { typ: string; kid: string }; claims: Claims } {
  const { header, claims } = split(token)
  return { header, claims: parseJson(claims) }
}

function split(token: string): { header: { typ: string; kid: string }; claims: Bytes; signature: Bytes } {
  if (typeof token !== 'string' || token.length > MAX_JWS) refuse('token')
  const [header, claims, signature] = checkToken(token, 3) as [Bytes, Bytes, Bytes]
  const { alg, typ, kid } = checkMembers(parseJson(header), HEADER)
  if (alg !== 'ES256' || typeof typ !== 'string' || typeof kid !== 'string') refuse('header')
  return { header: { typ, kid }, claims, signature }
}
