// SPDX-License-Identifier: EUPL-1.2
// How things are spelt: base64url, JSON, ids, parties, times, public keys, before any library sees a token.
//
// Every function here either gives the checked value or throws `FormatError`. Nothing is repaired. Mirrors
// formats/spelling.py. Sources: RFC 4648 section 5, RFC 7515, RFC 7517, RFC 7638, RFC 8259.

export type Bytes = Uint8Array<ArrayBuffer>
/** What came out of JSON: a member is checked before it is used. */
export type Claims = { readonly [name: string]: unknown }

export const MAX_TOKEN = 1_500_000 // characters of any token, bytes of any JSON
export const MAX_NUMBER = Number.MAX_SAFE_INTEGER
export const MAX_DEPTH = 32 // objects and arrays inside each other, the outermost counted
export const DAY = 86_400 // seconds

/** A signed or sealed thing is not what it must be. The one error for every way it can be wrong. */
export class FormatError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'FormatError'
  }
}

/** Throws a FormatError. */
export function refuse(what: string): never {
  throw new FormatError(what)
}

// -- bytes ---------------------------------------------------------------------------------------------------

const NOT_BASE64URL = /[^A-Za-z0-9_-]/
// By length modulo 4: the last characters whose left-over bits are zero; no text has length 1 modulo 4.
const TAIL = [/$/, null, /[AQgw]$/, /[AEIMQUYcgkosw048]$/] as const
const encoder = new TextEncoder()

/** UTF-8 bytes of a text. */
export function utf8(text: string): Bytes {
  return encoder.encode(text)
}

/** The bytes of several pieces, one behind the other; texts as UTF-8. */
export function join(...pieces: readonly (Uint8Array | string)[]): Bytes {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? utf8(piece) : piece))
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Whether two byte strings are the same. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

/** base64 with padding (RFC 4648 section 4). */
export function b64(data: Uint8Array): string {
  let text = ''
  for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000))
  return btoa(text)
}

/** base64url without padding (RFC 7515 section 2). */
export function b64u(data: Uint8Array): string {
  return b64(data).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The bytes behind canonical base64url: no padding, no stray character, no stray bits in the last one. */
export function unb64u(text: unknown): Bytes {
  if (typeof text !== 'string' || text.length > MAX_TOKEN || NOT_BASE64URL.test(text)) refuse('base64url')
  if (!TAIL[text.length & 3]?.test(text)) refuse('base64url')
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0))
}

/** SHA-256, 32 bytes. */
export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', data))
}

/** b64u(SHA-256(x)); text is hashed as UTF-8. */
export async function H(data: Bytes | string): Promise<string> {
  return b64u(await sha256(typeof data === 'string' ? utf8(data) : data))
}

/** The name of a signed thing: H of the JWS up to its last dot. Never of the whole: an ECDSA signature (r, s) has a
 * valid twin (r, n−s). */
export async function sid(jws: string): Promise<string> {
  const dot = jws.lastIndexOf('.')
  return dot < 0 ? refuse('token') : H(jws.slice(0, dot))
}

/** The decoded parts of a compact token of exactly `parts` parts (JWS 3, JWE 5), each canonical and not empty. */
export function checkToken(token: unknown, parts: number): Bytes[] {
  if (typeof token !== 'string' || token.length > MAX_TOKEN) refuse('token')
  const found = token.split('.')
  if (found.length !== parts || found.includes('')) refuse('token')
  return found.map(unb64u)
}

// -- JSON ----------------------------------------------------------------------------------------------------

const PIECE = /[{}[\],:]|"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+/gsu
const WHOLE = /^(?:0|-?[1-9][0-9]*)$/

/** What `JSON.parse` lets pass and we do not: a name twice at any depth, numbers that are not whole, depth. */
function scan(text: string): void {
  const open: (Set<string> | null)[] = []
  let name: string | null = null
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === '{' || piece === '[') {
      if (open.push(piece === '{' ? new Set() : null) > MAX_DEPTH) refuse('json')
    } else if (piece === '}' || piece === ']') {
      open.pop()
    } else if (piece === ':') {
      const names = open.at(-1)
      if (!names || name === null || names.has(name)) refuse('json')
      names.add(name)
    } else if (piece.startsWith('"')) {
      // Names compare after unescaping: "a" and "\u0061" are one. Only an escape can make a lone surrogate.
      name = piece.includes('\\') ? (JSON.parse(piece) as string) : piece.slice(1, -1)
      if (!name.isWellFormed()) refuse('json')
    } else if (/^[-0-9]/.test(piece)) {
      if (!WHOLE.test(piece) || !Number.isSafeInteger(Number(piece))) refuse('json')
    }
  }
}

/** One strict JSON object: UTF-8 without BOM, no name twice at any depth, whole numbers within 2^53−1 only. */
export function parseJson(data: Uint8Array): Claims {
  if (data.length > MAX_TOKEN) refuse('json')
  let text: string, found: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
    found = JSON.parse(text)
  } catch {
    refuse('json')
  }
  if (!isObject(found)) refuse('json')
  scan(text)
  return found
}

/** JSON as we write it: no white space, non-ASCII raw, members in the order given. What it writes, it also reads. */
export function dumpJson(value: Claims): Bytes {
  if (!isObject(value)) refuse('json')
  writable(value, 0)
  const data = utf8(JSON.stringify(value))
  return data.length > MAX_TOKEN ? refuse('json') : data
}

function writable(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean') return
  if (typeof value === 'string') return value.isWellFormed() ? undefined : refuse('json')
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? undefined : refuse('json')
  if (typeof value !== 'object' || depth >= MAX_DEPTH) refuse('json')
  for (const [name, one] of Object.entries(value)) {
    if (!name.isWellFormed()) refuse('json')
    writable(one, depth + 1)
  }
}

/** A JSON object, no array. */
export function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object with exactly these members: none missing, none more. */
export function checkMembers(value: unknown, names: readonly string[]): Claims {
  if (!isObject(value) || Object.keys(value).length !== names.length) refuse('members')
  for (const name of names) if (!Object.hasOwn(value, name)) refuse('members')
  return value
}

// -- values --------------------------------------------------------------------------------------------------

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const HASH = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/ // canonical: the two spare bits are zero
const OIN = /^urn:oin:[0-9]{20}(:team:[a-z0-9-]{1,40})?$/
// C0 and C1 controls, line and paragraph separators, bidirectional marks: nothing that can disguise a text.
const DISGUISE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

/** A new lower-case UUID version 4. */
export function newId(): string {
  return crypto.randomUUID()
}

/** A text, whatever is in it. */
export function checkString(value: unknown): string {
  return typeof value === 'string' ? value : refuse('member')
}

/** A lower-case UUID version 4. */
export function checkId(value: unknown): string {
  return typeof value === 'string' && ID.test(value) ? value : refuse('id')
}

/** `vault:<vlt>`, `urn:oin:<20 digits>`, or an OIN with `:team:<name>`. */
export function checkParty(value: unknown): string {
  if (typeof value === 'string' && (OIN.test(value) || (value.startsWith('vault:') && ID.test(value.slice(6))))) {
    return value
  }
  return refuse('party')
}

/** An OIN, with or without a team: never a vault. */
export function checkOrganisation(value: unknown): string {
  return typeof value === 'string' && OIN.test(value) ? value : refuse('party')
}

/** An OIN with a team. */
export function checkTeam(value: unknown): string {
  const found = checkOrganisation(value)
  return found.includes(':team:') ? found : refuse('party')
}

/** `vault:<vlt>`; answers the `vlt`. */
export function checkVault(value: unknown): string {
  return typeof value === 'string' && value.startsWith('vault:') ? checkId(value.slice(6)) : refuse('party')
}

/** 32 bytes as base64url: an H, a sid, a thumbprint, an entry. */
export function checkHash(value: unknown): string {
  return typeof value === 'string' && HASH.test(value) ? value : refuse('hash')
}

/** A whole number within bounds. */
export function checkInt(value: unknown, least = 0, most = MAX_NUMBER): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && least <= value && value <= most
    ? value
    : refuse('number')
}

/** `true` or `false`; 0 and 1 are none. */
export function checkBool(value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse('member')
}

/** A text of `least` to `most` characters (code points) without control or direction characters. */
export function checkText(value: unknown, most = 200, least = 1): string {
  if (typeof value !== 'string' || value.length > 2 * most || DISGUISE.test(value)) refuse('text')
  const length = Array.from(value).length
  return least <= length && length <= most ? value : refuse('text')
}

/** A JSON array of at most `most` elements. */
export function checkList(value: unknown, most = 10_000): readonly unknown[] {
  return Array.isArray(value) && value.length <= most ? (value as unknown[]) : refuse('list')
}

/** One of a few fixed words. */
export function checkOneOf<const Word extends string>(value: unknown, allowed: readonly Word[]): Word {
  return allowed.find((word) => word === value) ?? refuse('word')
}

/** The value through `check`, or null. */
export function orNull<T>(check: (value: unknown) => T, value: unknown): T | null {
  return value === null ? null : check(value)
}

/** Whether these texts stand in ascending order, none twice. */
export function ascending(values: readonly string[]): boolean {
  return values.every((value, at) => at === 0 || values[at - 1]! < value)
}

// -- keys ----------------------------------------------------------------------------------------------------

/** A public P-256 JWK: exactly these members, `kid` its RFC 7638 thumbprint. */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly alg: string
  readonly use: string
  readonly kid: string
}

export const PUBLIC_EC = ['kty', 'crv', 'x', 'y', 'alg', 'use', 'kid'] as const
const ALG_OF_USE = { sig: 'ES256', enc: 'ECDH-ES+A256KW' } as const
const THUMBPRINT: { readonly [kty: string]: readonly string[] } = { EC: ['crv', 'kty', 'x', 'y'], oct: ['k', 'kty'] }
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

/** RFC 7638 SHA-256 thumbprint of a public or private JWK. */
export async function thumbprint(jwk: Claims): Promise<string> {
  const names = THUMBPRINT[checkString(jwk.kty)] ?? refuse('key')
  return H(JSON.stringify(Object.fromEntries(names.map((name) => [name, checkString(jwk[name])]))))
}

function number(data: Bytes): bigint {
  return data.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
}

/** x and y, 32 bytes each as base64url, are a point of P-256 (SEC 1 section 3.2.2; its cofactor is 1). */
export function checkPoint(x: unknown, y: unknown): void {
  if (typeof x !== 'string' || typeof y !== 'string' || x.length !== 43 || y.length !== 43) refuse('key')
  const a = number(unb64u(x)), b = number(unb64u(y))
  if (a >= P || b >= P || (b * b - (a * a * a - 3n * a + B)) % P !== 0n) refuse('key')
}

const known = new Map<string, PublicJwk>() // parsed public keys, bounded: what was checked once is checked

/** A public P-256 JWK for `use` "sig" or "enc": exactly seven members, on the curve, `kid` its thumbprint. Answers a
 * copy, so that what was checked is what is used. */
export async function publicEc(value: unknown, use: string): Promise<PublicJwk> {
  const jwk = checkMembers(value, PUBLIC_EC)
  const [kty, crv, x, y, alg, own, kid] = PUBLIC_EC.map((name) => checkString(jwk[name])) as [string, ...string[]]
  if (kty !== 'EC' || crv !== 'P-256' || own !== use || (use !== 'sig' && use !== 'enc') || alg !== ALG_OF_USE[use]) {
    refuse('key')
  }
  const name = `${x} ${y} ${kid} ${use}`
  const before = known.get(name)
  if (before) return before
  checkPoint(x, y)
  if (kid !== (await thumbprint(jwk))) refuse('key')
  const found = Object.freeze({ kty, crv, x, y, alg, use, kid } as PublicJwk)
  if (known.size > 500) known.clear()
  known.set(name, found)
  return found
}
