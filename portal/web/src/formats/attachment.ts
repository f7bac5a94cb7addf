// SPDX-License-Identifier: EUPL-1.2
// Attachments: a letter, a photo, sealed as a stream with C2SP chunked encryption (Cobblestone-256), so that 100 MB
// passes through without being held. The key lies inside the record that names the attachment. One key and salt are for
// one text only: random for every sealing, or made from that very text. Mirrors formats/attachment.py.
//
//     blob = salt24 | commitment32 | chunk ... chunk | short chunk
//
// A chunk is 16,384 + 16 bytes, the last always shorter, possibly an empty one.
import { paddedLength } from './padding.ts'
import {
  type Bytes,
  b64u,
  checkHash,
  checkId,
  checkInt,
  checkMembers,
  join,
  newId,
  refuse,
  same,
  unb64u,
  utf8,
} from './spelling.ts'

export const C2SP = 'chunked-encryption@v1+AES-256-GCM'
export const CHUNK = 16_384
const TAG = 16, SALT = 24, HEAD = SALT + 32
const LABEL = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0')

/** What a record says of one attachment: `{id, key, len, h, c2sp}`. `key` is secret and never printed. */
export interface AttachmentEntry {
  readonly id: string
  readonly key: Bytes
  readonly length: number
  readonly h: string
}

/** Where an attachment lies. */
export interface Place {
  readonly vlt: string
  readonly drw: string
  readonly rid: string
}

/** What one text is sealed under. Another text under the same two would open both. */
export interface Under {
  readonly id: string
  readonly key: Bytes
  readonly salt: Bytes
}

/** Bytes in pieces of any size. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** An entry as the record's JSON holds it. */
export function entryJson(entry: AttachmentEntry): { [name: string]: string | number } {
  return { id: entry.id, key: b64u(entry.key), len: entry.length, h: entry.h, c2sp: C2SP }
}

/** An `att` entry from a record's JSON. */
export function readEntry(value: unknown): AttachmentEntry {
  const found = checkMembers(value, ['id', 'key', 'len', 'h', 'c2sp'])
  const key = unb64u(found.key)
  if (found.c2sp !== C2SP || key.length !== 32) refuse('attachment')
  return { id: checkId(found.id), key, length: checkInt(found.len), h: checkHash(found.h) }
}

/** The place an attachment is bound to: vault, drawer, record, attachment. It opens nowhere else. */
export function context(place: Place, att: string): Bytes {
  return utf8(['vault/v1/att', ...[place.vlt, place.drw, place.rid, att].map(checkId)].join('\0'))
}

/** How many bytes the blob of a file of `length` bytes has: what the vault is asked to reserve. */
export function blobLength(length: number): number {
  const padded = paddedLength(length)
  return HEAD + padded + TAG * (Math.floor(padded / CHUNK) + 1)
}

/** Fresh ones. */
function anew(): Under {
  const random = (size: number) => crypto.getRandomValues(new Uint8Array(size))
  return { id: newId(), key: random(32), salt: random(SALT) }
}

/** A sealed file: its entry for the record, and its blob in pieces of about a megabyte. `under`: random unless given. */
export async function sealAttachment(
  plain: Pieces,
  place: Place,
  under = anew(),
): Promise<{ entry: AttachmentEntry; blob: Blob }> {
  const { newDigest } = await import('./digest.ts')
  const digest = await newDigest()
  const { id, key, salt } = under
  const parts: Blob[] = []
  let length = 0, held: Bytes[] = []
  const padded = async function* () {
    for await (const piece of plain) {
      length += piece.length
      yield piece
    }
    for (let left = paddedLength(length) - length; left > 0; left -= CHUNK) yield new Uint8Array(Math.min(left, CHUNK))
  }
  for await (const piece of encryptChunks(key, salt, context(place, id), padded())) {
    digest.add(piece)
    // Each megabyte becomes a Blob of its own, which the browser may keep outside memory.
    if (held.push(piece) === 64) held = (parts.push(new Blob(held)), [])
  }
  return { entry: { id, key, length, h: b64u(digest.done()) }, blob: new Blob([...parts, ...held]) }
}

/** The file behind a blob, piece by piece; `pieces` may be cut anywhere. Each piece that comes out was verified as the
 * right bytes at the right position; only when it ends without FormatError is the file whole. */
export async function* openAttachment(pieces: Pieces, entry: AttachmentEntry, place: Place): AsyncGenerator<Bytes> {
  const { newDigest } = await import('./digest.ts')
  const digest = await newDigest()
  const expected = blobLength(entry.length)
  let arrived = 0, left = entry.length
  const counted = async function* () {
    for await (const piece of pieces) {
      arrived += piece.length
      if (arrived > expected) refuse('attachment')
      digest.add(new Uint8Array(piece))
      yield piece
    }
  }
  for await (const chunk of decryptChunks(entry.key, context(place, entry.id), counted())) {
    if (chunk.subarray(left).some((byte) => byte !== 0)) refuse('attachment')
    if (left) yield chunk.subarray(0, left)
    left = Math.max(0, left - chunk.length)
  }
  if (arrived !== expected || b64u(digest.done()) !== entry.h) refuse('attachment')
}

/** C2SP chunked encryption of exactly `plain`: head, then a sealed chunk at a time. One key and salt, one text, ever. */
export async function* encryptChunks(key: Bytes, salt: Bytes, place: Bytes, plain: Pieces): AsyncGenerator<Bytes> {
  const made = await derive(key, salt, place)
  const gcm = await crypto.subtle.importKey('raw', made.key, 'AES-GCM', false, ['encrypt'])
  yield join(salt, made.commitment)
  let index = 0
  for await (const block of blocks(plain, CHUNK)) {
    const iv = chunkNonce(made.nonce, index++)
    yield new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, gcm, block))
  }
}

/** The plaintext of `encryptChunks`, a verified chunk at a time. FormatError at the first wrong one, and when the end
 * is missing. */
export async function* decryptChunks(key: Bytes, place: Bytes, sealed: Pieces): AsyncGenerator<Bytes> {
  const cut = blocks(sealed, CHUNK + TAG, HEAD)
  const head = ((await cut.next()).value ?? refuse('attachment')) as Bytes
  if (head.length !== HEAD) refuse('attachment')
  const made = await derive(key, head.slice(0, SALT), place)
  if (!same(made.commitment, head.subarray(SALT))) refuse('attachment')
  const gcm = await crypto.subtle.importKey('raw', made.key, 'AES-GCM', false, ['decrypt'])
  let index = 0
  for await (const block of cut) {
    const iv = chunkNonce(made.nonce, index++)
    try {
      yield new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, gcm, block))
    } catch {
      refuse('attachment')
    }
  }
}

/** Chunk key 32, base nonce 12, commitment 32, by HKDF-Expand-SHA-512 (RFC 5869 section 2.3; WebCrypto has only the
 * whole of HKDF, so the two rounds are written out). */
export async function derive(
  key: Bytes,
  salt: Bytes,
  place: Bytes,
): Promise<{ key: Bytes; nonce: Bytes; commitment: Bytes }> {
  if (key.length !== 32 || salt.length !== SALT) refuse('attachment')
  const mac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-512' }, false, ['sign'])
  const round = async (...input: (Uint8Array | string)[]) =>
    new Uint8Array(await crypto.subtle.sign('HMAC', mac, join(...input)))
  const info = join(LABEL, salt, place)
  const one = await round(info, Uint8Array.of(1))
  const out = join(one, await round(one, info, Uint8Array.of(2)))
  return { key: out.slice(0, 32), nonce: out.slice(32, 44), commitment: out.slice(44, 76) }
}

function chunkNonce(nonce: Bytes, index: number): Bytes {
  const counter = new Uint8Array(12)
  new DataView(counter.buffer).setBigUint64(4, BigInt(index))
  return counter.map((byte, at) => byte ^ nonce[at]!)
}

/** Cuts `pieces` anew: one block of `first` bytes if asked, then blocks of exactly `size`, then always one shorter,
 * possibly empty. */
async function* blocks(pieces: Pieces, size: number, first = size): AsyncGenerator<Bytes> {
  let want = first, block = new Uint8Array(want), filled = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(want - filled, piece.length - at)
      block.set(piece.subarray(at, at + count), filled)
      filled += count
      at += count
      if (filled === want) {
        yield block
        want = size
        block = new Uint8Array(want)
        filled = 0
      }
    }
  }
  yield block.slice(0, filled)
}
