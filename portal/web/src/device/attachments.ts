// SPDX-License-Identifier: EUPL-1.2
// Attachments on their way: sealed to a Blob, sent in pieces of 8 MiB, received and verified chunk by chunk. Length and
// hash of the sealed text are announced before the first piece. What was sent before is not sent again. Mirrors
// kluisje/attachments.py; vault.md section 3.
import { type AttachmentEntry, type Place, openAttachment, sealAttachment } from '../formats/attachment.ts'
import type { Record } from '../formats/authorship.ts'
import { type Bytes, FormatError } from '../formats/spelling.ts'
import type { Device } from './device.ts'
import { NotProven } from './errors.ts'
import type { Progress } from './shapes.ts'

export const PIECE = 8 * 1024 * 1024

/** Files on their way from this device. Each is sealed once: what broke off goes on, in the same record, with the pieces
 * that the vault does not have. In memory only, and only as long as the page holds the file. */
export class Sending {
  readonly #sealed = new WeakMap<Blob, { place: Place; entry: AttachmentEntry; blob: Blob }>()

  /** The record for which one of these was sealed before, in this drawer; null: none was. */
  record(drw: string, files: readonly Blob[]): string | null {
    const known = files.map((file) => this.#sealed.get(file)?.place)
    return known.find((place) => place?.drw === drw)?.rid ?? null
  }

  /** Seals a file for one record and sends it: its entry for the record. `progress` hears bytes of the sealed text. */
  async send(device: Device, file: Blob, place: Place, progress?: Progress): Promise<AttachmentEntry> {
    let known = this.#sealed.get(file)
    if (known?.place.rid !== place.rid || known.place.drw !== place.drw) {
      known = { place, ...(await sealAttachment(piecesOf(file), place)) }
      this.#sealed.set(file, known)
    }
    const { entry, blob } = known
    await sendBlob(device, `/drawers/${place.drw}/records/${place.rid}/attachments/${entry.id}`, blob, entry.h, progress)
    return entry
  }

  /** They are kept: the same file, chosen again, is another one. */
  done(files: readonly Blob[]): void {
    for (const file of files) this.#sealed.delete(file)
  }
}

/** Sends a sealed text; the pieces that the vault has already are not sent. */
export async function sendBlob(device: Device, path: string, blob: Blob, hash: string, progress?: Progress): Promise<void> {
  const told = await device.vault('PUT', path, { json: { length: blob.size, hash } })
  const { wanted, complete } = await told.json<{ wanted: number[]; complete: boolean }>()
  const piece = (k: number) => blob.slice(k * PIECE, (k + 1) * PIECE)
  let done = blob.size - wanted.reduce((sum, k) => sum + piece(k).size, 0)
  for (const k of [...wanted].sort((a, b) => a - b)) {
    const content = piece(k)
    await device.vault('PUT', `${path}/pieces/${k}`, { content })
    done += content.size
    progress?.(done, blob.size)
  }
  if (!complete) await device.vault('POST', `${path}/completions`)
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

async function* piecesOf(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}
