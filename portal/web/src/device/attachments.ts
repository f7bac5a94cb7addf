// SPDX-License-Identifier: EUPL-1.2
// Attachments on their way: sealed to a Blob, sent in pieces of 8 MiB, received and verified chunk by chunk. Length and
// hash of the sealed text are announced before the first piece. What was sent before is not sent again. Mirrors
// kluisje/attachments.py; vault.md section 3.
import { type AttachmentEntry, openAttachment, sealAttachment } from '../formats/attachment.ts'
import type { Record } from '../formats/authorship.ts'
import { type Bytes, FormatError, b64u } from '../formats/spelling.ts'
import type { Device } from './device.ts'
import { NotProven, Unavailable } from './errors.ts'
import type { PersonKeys } from './keyring.ts'
import type { Progress } from './shapes.ts'

export const PIECE = 8 * 1024 * 1024

/** A file that will be sent, and the hash of what is in it. */
export interface Text {
  readonly file: Blob
  readonly h: string
}

/** A file's hash, read piece by piece. */
export async function textOf(file: Blob): Promise<Text> {
  const { newDigest } = await import('../formats/digest.ts')
  const digest = await newDigest()
  for await (const piece of piecesOf(file)) digest.add(new Uint8Array(piece))
  return { file, h: b64u(digest.done()) }
}

/** Files on their way from this device. What a file is sealed under is made from the file itself and a secret of hers: so
 * the same file, chosen again by a page that came after this one died, is sealed to the same octets under the same
 * name, and goes on with the pieces that the vault does not have. Nothing of it lies in the browser (portal.md: only a
 * short list may), and another text never gets the same key and salt. docs/decisions/0015. */
export class Sending {
  readonly #device: Device
  readonly #keys: PersonKeys

  constructor(device: Device, keys: PersonKeys) {
    this.#device = device
    this.#keys = keys
  }

  /** The id of a new record with these files: the first of theirs, counted on, that this drawer never had. */
  async record(drw: string, files: readonly Text[], used: ReadonlySet<string>): Promise<string> {
    for (let n = 0; ; n++) {
      const rid = uuid(await this.#keys.forSending('record', drw, String(n), ...files.map(({ h }) => h)))
      if (!used.has(rid)) return rid
    }
  }

  /** Seals a file, the `n`th of this version, and sends it: its entry for the record. `progress` hears bytes of the
   * sealed text. */
  async send({ file, h }: Text, at: { drw: string; rid: string; ver: number; n: number }, progress?: Progress): Promise<AttachmentEntry> {
    const { drw, rid } = at
    const made = (what: string) => this.#keys.forSending(what, drw, rid, String(at.ver), String(at.n), h)
    const under = { id: uuid(await made('file')), key: await made('key'), salt: (await made('salt')).slice(0, 24) }
    const { newDigest } = await import('../formats/digest.ts')
    const digest = await newDigest()
    const read = async function* () {
      for await (const piece of piecesOf(file)) {
        digest.add(new Uint8Array(piece))
        yield piece
      }
    }
    const { entry, blob } = await sealAttachment(read(), { vlt: this.#device.vlt, drw, rid }, under)
    // Another text under this key must not leave the device.
    if (b64u(digest.done()) !== h) throw new Unavailable('the file changed while it was read')
    await sendBlob(this.#device, `/drawers/${drw}/records/${rid}/attachments/${entry.id}`, blob, entry.h, progress)
    return entry
  }
}

/** The UUID version 4 that these bytes make. */
function uuid(bytes: Bytes): string {
  const hex = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const variant = ((bytes[8]! & 0x3f) | 0x80).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20)}`
}

/** Sends a sealed text; the pieces that the vault has already are not sent. */
export async function sendBlob(device: Device, path: string, blob: Blob, hash: string, progress?: Progress): Promise<void> {
  const told = await device.vault('PUT', path, { json: { length: blob.size, hash } })
  const { wanted, complete } = await told.json<{ wanted: number[]; complete: boolean }>()
  await sendPieces(blob, wanted, async (k, content) => void (await device.vault('PUT', `${path}/pieces/${k}`, { content })), progress)
  if (!complete) await device.vault('POST', `${path}/completions`)
}

/** Sends the pieces that are wanted of a sealed text, by their numbers. */
export async function sendPieces(blob: Blob, wanted: readonly number[], put: (k: number, content: Blob) => Promise<void>, progress?: Progress): Promise<void> {
  const piece = (k: number) => blob.slice(k * PIECE, (k + 1) * PIECE)
  let done = blob.size - wanted.reduce((sum, k) => sum + piece(k).size, 0)
  for (const k of [...wanted].sort((a, b) => a - b)) {
    const content = piece(k)
    await put(k, content)
    done += content.size
    progress?.(done, blob.size)
  }
}

/** An attachment of a record, verified whole. NotProven when it is not the file that the record names. */
export async function fetchFile(
  device: Device,
  record: Record,
  entry: AttachmentEntry,
  progress?: Progress,
): Promise<Blob> {
  const path = `/drawers/${record.drw}/records/${record.rid}/attachments/${entry.id}`
  const answer = await device.vault('GET', path, { headers: { Accept: 'application/octet-stream' } })
  return openWhole(answer.pieces(), record, entry, progress)
}

/** Opens an attachment as it comes in, whoever asked for it. NotProven when it is not the file that the record names. */
export async function openWhole(
  pieces: AsyncIterable<Uint8Array>,
  record: Record,
  entry: AttachmentEntry,
  progress?: Progress,
): Promise<Blob> {
  const parts: Bytes[] = []
  let done = 0
  try {
    for await (const piece of openAttachment(pieces, entry, record)) {
      parts.push(piece)
      done += piece.length
      progress?.(done, entry.length)
    }
  } catch (error) {
    if (error instanceof FormatError) throw new NotProven('attachment', 'this is not the file that was kept')
    throw error
  }
  return new Blob(parts)
}

/** A file in pieces, as sealing takes it. */
export async function* piecesOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
