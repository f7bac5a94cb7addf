// SPDX-License-Identifier: EUPL-1.2
// Slots: the ways back to a vault, from what a person has to the key of a slot. Mirrors formats/slots.py; the recovery
// circle's shares come from the package shamir-secret-sharing, which writes them as we do (32 bytes of y, then x).
//
//     prf       a passkey's own secret (WebAuthn PRF)
//     code      twenty random bytes on paper: 32 letters and digits in groups of four, and a check symbol
//     pass      machine-chosen words, made slow by Argon2id, with a pepper that consent keeps
//     trustees  32 random bytes, shared out so that k of n people together bring them back
import { SLOT_TYPES, type SlotType } from './envelope.ts'
import {
  type Bytes,
  b64u,
  checkHash,
  checkId,
  checkMembers,
  checkOneOf,
  checkTeam,
  join,
  refuse,
  sha256,
  unb64u,
  utf8,
} from './spelling.ts'
import { checkSubject } from './team.ts'

export const CODE_BYTES = 20
export const WORDS_IN_A_PASS = 7 // of 2,048: 77 bits
const ARGON2 = { alg: 'argon2id', v: 19, m: 65_536, t: 3, p: 1 } as const
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHECK = `${CROCKFORD}*~$=U`

/** HKDF-SHA-256 (RFC 5869), 32 bytes, salt empty unless named: every derived key, told apart by its label. */
export async function hkdf(secret: Bytes, info: string, salt = ''): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: utf8(salt), info: utf8(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 256))
}

/** The 32-byte key that wraps RK in slot `slot` (its id). */
export function slotKey(secret: Bytes, slot: string, kind: SlotType): Promise<Bytes> {
  return hkdf(secret, `vault/v1/slot/${checkOneOf(kind, SLOT_TYPES)}`, checkId(slot))
}

/** What a passkey is asked to evaluate (`eval.first`), 32 bytes. The same for every passkey of a vault. */
export function prfInput(vlt: string): Promise<Bytes> {
  return sha256(join('vault/v1/prf\0', checkId(vlt)))
}

// code: on paper

/** The secret of a new code; `writeCode` makes it readable. */
export function newCode(): Bytes {
  return crypto.getRandomValues(new Uint8Array(CODE_BYTES))
}

/** Twenty bytes as `XXXX-XXXX-...-XXXX-C` in Crockford base32, big-endian, with his check symbol (mod 37). */
export function writeCode(secret: Bytes): string {
  if (secret.length !== CODE_BYTES) refuse('code')
  const number = secret.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  let symbols = ''
  for (let shift = 155n; shift >= 0n; shift -= 5n) symbols += CROCKFORD[Number((number >> shift) & 31n)]
  return `${symbols.match(/.{4}/g)!.join('-')}-${CHECK[Number(number % 37n)]}`
}

/** The secret of a code as a person typed it: any case, `-` and spaces anywhere, O for 0, I and L for 1. FormatError
 * when a symbol or the check symbol is wrong. */
export function readCode(text: string): Bytes {
  // Before upper-casing: some letters beyond ASCII become I or S.
  if (/[^ -~]/.test(text)) refuse('code')
  const symbols = text.toUpperCase().replace(/[- ]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (symbols.length !== 33) refuse('code')
  let number = 0n
  for (const symbol of symbols.slice(0, 32)) {
    const value = CROCKFORD.indexOf(symbol)
    number = (number << 5n) | BigInt(value < 0 ? refuse('code') : value)
  }
  if (symbols[32] !== CHECK[Number(number % 37n)]) refuse('code')
  return Uint8Array.from({ length: CODE_BYTES }, (_, at) => Number((number >> BigInt(8 * (CODE_BYTES - 1 - at))) & 255n))
}

// pass: words

/** How a pass slot stretches its words. */
export interface Kdf {
  readonly alg: 'argon2id'
  readonly v: number
  readonly m: number
  readonly t: number
  readonly p: number
  readonly salt: string
}

/** A new pass: words drawn by the machine, with repetition, joined by one space. Never chosen by a person. */
export function chooseWords(words: readonly string[], count = WORDS_IN_A_PASS): string {
  if (new Set(words).size !== words.length || !words.every((word) => /^[a-z]+$/.test(word))) refuse('words')
  return Array.from({ length: count }, () => words[below(words.length)]).join(' ')
}

function below(limit: number): number {
  const most = Math.floor(2 ** 32 / limit) * limit // what is above would come up too often
  for (;;) {
    const [drawn] = crypto.getRandomValues(new Uint32Array(1)) as unknown as [number]
    if (drawn < most) return drawn % limit
  }
}

/** A pass as typed, made the same on every device: NFKC, Unicode lower case, words of a-z joined by one space. */
export function normalWords(text: string): string {
  const words = text.normalize('NFKC').toLowerCase().split(' ').filter(Boolean)
  return words.length && words.every((word) => /^[a-z]+$/.test(word)) ? words.join(' ') : refuse('words')
}

/** The `kdf` of a new pass slot: the one set of Argon2id parameters and a fresh 16-byte salt. */
export function newKdf(): Kdf {
  return { ...ARGON2, salt: b64u(crypto.getRandomValues(new Uint8Array(16))) }
}

/** The secret of a pass slot: Argon2id(words) and the pepper behind it, 64 bytes. Takes 64 MiB and about a second.
 * `kdf` must carry exactly our parameters: whoever keeps the slot cannot make the guessing cheaper. */
export async function passSecret(text: string, kdf: unknown, pepper: Bytes): Promise<Bytes> {
  const given = checkMembers(kdf, [...Object.keys(ARGON2), 'salt'])
  for (const [name, value] of Object.entries(ARGON2)) if (given[name] !== value) refuse('kdf')
  const salt = unb64u(given.salt)
  if (salt.length !== 16 || pepper.length !== 32) refuse('kdf')
  const { argon2id } = await import('./argon2.ts')
  return join(await argon2id(normalWords(text), salt, ARGON2), pepper)
}

// comparing: four words that two people read to each other

/** Four words for the keys (thumbprints of SIG and ENC) that caseworker `sub` brings to team `iss`: 44 bits, each guess as
 * slow as a pass and good for one team and one person only. `words`: the one list. */
export async function memberWords(words: readonly string[], iss: string, sub: string, sig: string, enc: string): Promise<string> {
  const salt = (await sha256(join('vault/v1/member\0', `${checkTeam(iss)}\0${checkSubject(sub)}`))).slice(0, 16)
  const { argon2id } = await import('./argon2.ts')
  const slow = await argon2id(`${checkHash(sig)}.${checkHash(enc)}`, salt, ARGON2)
  const number = slow.slice(0, 6).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n) >> 4n
  return [33n, 22n, 11n, 0n].map((shift) => words[Number((number >> shift) & 2047n)]).join(' ')
}

// trustees

/** The secret behind shares of different trustees. Fewer than k, or a false one among them, give 32 other bytes. */
export async function joinShares(shares: readonly Bytes[]): Promise<Bytes> {
  const xs = new Set(shares.map((share) => share.at(-1)))
  if (shares.length < 2 || shares.some((one) => one.length !== 33) || xs.size !== shares.length || xs.has(0)) {
    refuse('share')
  }
  const { combine } = await import('shamir-secret-sharing')
  return new Uint8Array(await combine([...shares]))
}
