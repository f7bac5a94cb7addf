// SPDX-License-Identifier: EUPL-1.2
// An export as one file: written and opened. A stored ZIP, so that any tool reads it; `sums.txt` comes last and names
// every other entry with its SHA-256: one entry changed, missing or too much is seen before anything in the file is
// believed. Loaded only by who leaves or moves in. Mirrors kluisje/archive.py; vault.md section 4.
import { downloadZip } from 'client-zip'
import { newDigest } from '../formats/digest.ts'
import { type Claims, FormatError, parseJson } from '../formats/spelling.ts'
import { NotProven } from './errors.ts'

export const FORMAT = 1
const STEP = 1024 * 1024
const SAFE = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/
const DAY_ONE = new Date(1980, 0, 1) // the file tells when; its entries do not, so equal contents make equal files

/** Whether a path stays below the folder it is put in. */
export function safeName(name: string): boolean {
  return SAFE.test(name)
}

/** SHA-256 of a Blob, read in steps. */
export async function digestOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  const digest = await newDigest()
  for (let at = 0; at < blob.size; at += STEP) digest.add(new Uint8Array(await blob.slice(at, at + STEP).arrayBuffer()))
  return digest.done()
}

function hex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** One stored ZIP of all entries, in the order of their names, with `sums.txt` last. */
export async function writeArchive(entries: ReadonlyMap<string, Blob>): Promise<Blob> {
  const names = [...entries.keys()].sort()
  const sums = await Promise.all(names.map(async (name) => `${hex(await digestOf(entries.get(name)!))}  ${name}\n`))
  const files = names.map((name) => ({ name, input: entries.get(name)!, lastModified: DAY_ONE }))
  files.push({ name: 'sums.txt', input: new Blob(sums), lastModified: DAY_ONE })
  return downloadZip(files).blob()
}

/** An export file, checked as a whole when it is opened. NotProven when an entry was changed, is missing or too much. */
export class Archive {
  readonly #entries: ReadonlyMap<string, Blob>
  readonly about: Claims

  private constructor(entries: ReadonlyMap<string, Blob>, about: Claims) {
    this.#entries = entries
    this.about = about
  }

  static async open(file: Blob): Promise<Archive> {
    try {
      const entries = await directory(file)
      await check(entries)
      const about = parseJson(new Uint8Array(await (entries.get('kluisje.json') ?? wrong()).arrayBuffer()))
      if (about.format !== FORMAT) wrong()
      return new Archive(entries, about)
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof RangeError)) throw error
      throw new NotProven('archive', 'this is no whole export file')
    }
  }

  /** The entries below a folder, in the order of the file. */
  names(under = ''): string[] {
    return [...this.#entries.keys()].filter((name) => name.startsWith(under))
  }

  /** One entry. */
  blob(name: string): Blob {
    return this.#entries.get(name) ?? wrong()
  }

  /** One entry as text. */
  text(name: string): Promise<string> {
    return this.blob(name).text()
  }

  /** One entry as one JSON object. */
  async json(name: string): Promise<Claims> {
    return parseJson(new Uint8Array(await this.blob(name).arrayBuffer()))
  }

  /** The JSON objects of a `.jsonl` entry. */
  async lines(name: string): Promise<Claims[]> {
    const text = await this.text(name)
    return text.split('\n').filter(Boolean).map((line) => parseJson(new TextEncoder().encode(line)))
  }
}

function wrong(): never {
  throw new FormatError('archive')
}

async function check(entries: ReadonlyMap<string, Blob>): Promise<void> {
  const names = [...entries.keys()]
  if (names.at(-1) !== 'sums.txt' || !names.every(safeName)) wrong()
  const told = new Map(
    (await entries.get('sums.txt')!.text()).split('\n').filter(Boolean).map((line) => {
      const [sum, name] = line.split('  ')
      return [name ?? '', sum]
    }),
  )
  if (told.size !== names.length - 1) wrong()
  for (const name of names.slice(0, -1)) if (told.get(name) !== hex(await digestOf(entries.get(name)!))) wrong()
}

/** The entries of a stored ZIP by name, each a slice of the file (APPNOTE 4.3; ZIP64 where a field says so). */
async function directory(file: Blob): Promise<Map<string, Blob>> {
  const view = async (from: number, until: number) => {
    if (from < 0 || until > file.size || from > until) wrong()
    return new DataView(await file.slice(from, until).arrayBuffer())
  }
  const tail = Math.max(0, file.size - 65_557), end = await view(tail, file.size)
  let at = end.byteLength - 22
  while (at >= 0 && end.getUint32(at, true) !== 0x06054b50) at--
  if (at < 0) wrong()
  let count = end.getUint16(at + 10, true), size = end.getUint32(at + 12, true), start = end.getUint32(at + 16, true)
  if (at >= 20 && end.getUint32(at - 20, true) === 0x07064b50) {
    const place = Number(end.getBigUint64(at - 12, true)), wide = await view(place, place + 56)
    if (wide.getUint32(0, true) !== 0x06064b50) wrong()
    count = Number(wide.getBigUint64(32, true))
    size = Number(wide.getBigUint64(40, true))
    start = Number(wide.getBigUint64(48, true))
  }
  const list = await view(start, start + size), found = new Map<string, Blob>()
  for (let one = 0, here = 0; one < count; one++) {
    if (list.getUint32(here, true) !== 0x02014b50 || list.getUint16(here + 10, true) !== 0) wrong() // stored only
    const [named, extra, comment] = [28, 30, 32].map((field) => list.getUint16(here + field, true)) as [number, number, number]
    const name = new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(list.buffer, here + 46, named))
    let length = list.getUint32(here + 24, true), offset = list.getUint32(here + 42, true)
    // ZIP64: what does not fit stands in the extra field 1, in this order, only those that do not fit.
    for (let field = here + 46 + named; field < here + 46 + named + extra; field += 4 + list.getUint16(field + 2, true)) {
      if (list.getUint16(field, true) !== 1) continue
      let value = field + 4
      const next = () => Number(list.getBigUint64((value += 8) - 8, true))
      if (length === 0xffffffff) length = next()
      if (list.getUint32(here + 20, true) === 0xffffffff) next()
      if (offset === 0xffffffff) offset = next()
    }
    const local = await view(offset, offset + 30)
    if (local.getUint32(0, true) !== 0x04034b50 || found.has(name)) wrong()
    const data = offset + 30 + local.getUint16(26, true) + local.getUint16(28, true)
    if (data + length > file.size) wrong()
    found.set(name, file.slice(data, data + length))
    here += 46 + named + extra + comment
  }
  return found
}
