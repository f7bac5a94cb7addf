// SPDX-License-Identifier: EUPL-1.2
// The log's entries, signed checkpoints, witnesses, and the proof that an entry is in the log: notes after C2SP
// signed-note and tlog-checkpoint, cosignatures after tlog-cosignature, proofs after tlog-proof. Mirrors the checking
// half of formats/checkpoint.py.
import { MAX_SIZE, verifyConsistency } from './tree.ts'
import { type Bytes, b64, checkInt, join, refuse, same, sha256, utf8 } from './spelling.ts'

export const LOG = 1, WITNESS = 4 // signature types of C2SP signed-note
const MAX_NOTE = 16_384 // characters
const DASH = '\u2014 '
const NAME = /^[!-*,-~]{1,255}$/ // visible ASCII without "+"
const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/
const ORIGIN = /^log\.[a-z0-9.-]{1,200}(?::[0-9]{1,5})?\/([0-9]{4})h([12])(?:r[1-9][0-9]{0,5})?$/

/** The 32 bytes that the tree holds for an event; without the nonce they say nothing about it. */
export function entry(nonce: Bytes, event: Bytes): Promise<Bytes> {
  return nonce.length === 32 ? sha256(join('vault-log/v1\0', nonce, event)) : refuse('nonce')
}

/** From and until (seconds) of the half year that an origin names. */
export function shardSpan(origin: string): { starts: number; ends: number } {
  const found = ORIGIN.exec(origin) ?? refuse('origin')
  const year = Number(found[1]), month = found[2] === '1' ? 0 : 6
  if (year < 1970) refuse('origin')
  return { starts: Date.UTC(year, month) / 1000, ends: Date.UTC(year, month + 6) / 1000 }
}

// -- keys ----------------------------------------------------------------------------------------------------

/** A public key for notes: name, type (LOG or WITNESS), its id, and the 32 bytes of an Ed25519 key. */
export interface Vkey {
  readonly name: string
  readonly kind: number
  readonly key: Bytes
  readonly id: string
  readonly text: string
}

/** A vkey from its text, `name+id+base64(type ‖ key)`, split at the first two `+`; the id must be the key's. */
export async function readVkey(text: unknown): Promise<Vkey> {
  const found = typeof text === 'string' ? /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text) : null
  if (!found) refuse('vkey')
  const [whole, name, id, encoded] = found as unknown as [string, string, string, string]
  const data = unb64(encoded), kind = data[0] ?? 0
  if (data.length !== 33 || !NAME.test(name) || (kind !== LOG && kind !== WITNESS)) refuse('vkey')
  if (id !== hex((await sha256(join(name, '\n', data))).subarray(0, 4))) refuse('vkey')
  return { name, kind, key: data.slice(1), id, text: whole }
}

function hex(data: Uint8Array): string {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// -- notes ---------------------------------------------------------------------------------------------------

/** A checkpoint whose log signature was checked, with the witnesses (vkey text -> time of cosigning) found good. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Bytes
  readonly note: string
  readonly witnesses: ReadonlyMap<string, number>
}

/** A checkpoint signed by one of `logs` under its own origin. Unknown lines are ignored; a known one that fails is
 * refused; two lines of one witness count once, with the later time. */
export async function verifyNote(
  note: string,
  logs: Iterable<Vkey>,
  witnesses: Iterable<Vkey> = [],
): Promise<Checkpoint> {
  const { text, lines } = split(note)
  const { origin, size, root } = body(text)
  shardSpan(origin)
  const trusted = [...logs].filter((key) => key.kind === LOG && key.name === origin)
  trusted.push(...[...witnesses].filter((key) => key.kind === WITNESS))
  const seen = new Map<string, number>()
  let signed = false
  for (const line of lines) {
    const [name, encoded] = cut(line.slice(DASH.length, -1), ' ')
    const data = unb64(encoded)
    if (!NAME.test(name) || data.length < 5) refuse('note')
    const id = hex(data.subarray(0, 4))
    const key = trusted.find((one) => one.name === name && one.id === id)
    if (!key) continue
    if (key.kind === LOG) {
      await checkSignature(key, data.slice(4), text)
      signed = true
    } else {
      if (data.length < 12) refuse('note')
      const at = checkInt(Number(new DataView(data.buffer).getBigUint64(4)))
      await checkSignature(key, data.slice(12), `cosignature/v1\ntime ${at}\n${text}`)
      seen.set(key.text, Math.max(at, seen.get(key.text) ?? 0))
    }
  }
  return signed ? { origin, size, root, note, witnesses: seen } : refuse('note')
}

/** Refuses unless `newer` is the same log as `older`, grown: nothing was changed or taken out. */
export async function checkGrowth(older: Checkpoint, newer: Checkpoint, hashes: readonly Bytes[]): Promise<void> {
  if (older.origin !== newer.origin) refuse('origin')
  await verifyConsistency(older.size, older.root, newer.size, newer.root, hashes)
}

async function checkSignature(vkey: Vkey, signature: Bytes, text: string): Promise<void> {
  let good = false
  try {
    const key = await crypto.subtle.importKey('raw', vkey.key, 'Ed25519', false, ['verify'])
    good = await crypto.subtle.verify('Ed25519', key, signature, utf8(text))
  } catch {
    refuse('note')
  }
  if (!good) refuse('note')
}

/** A text before and after the first `mark`. */
function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)]
}

function split(note: string): { text: string; lines: string[] } {
  if (typeof note !== 'string' || note.length > MAX_NOTE || !note.includes('\n\n')) refuse('note')
  const [text, signatures] = cut(note, '\n\n')
  const lines = signatures.match(/[^\n]*\n|[^\n]+$/g) ?? []
  if (!lines.length || !lines.every((line) => line.startsWith(DASH) && line.endsWith('\n'))) refuse('note')
  return { text: `${text}\n`, lines }
}

function body(text: string): { origin: string; size: number; root: Bytes } {
  const lines = text.split('\n')
  const [origin, decimal, encoded] = lines as [string, string, string]
  if (lines.length !== 4 || !NAME.test(origin)) refuse('note')
  const size = readDecimal(decimal), root = unb64(encoded)
  if (root.length !== 32 || (size === 0 && b64(root) !== '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=')) refuse('note')
  return { origin, size, root }
}

// -- proofs --------------------------------------------------------------------------------------------------

const PROOF = 'c2sp.org/tlog-proof@v1'

/** What a tlog-proof text says, nothing checked but its form. */
export interface Proof {
  readonly index: number
  readonly hashes: readonly Bytes[]
  readonly note: string
}

/** A tlog-proof taken apart; sizes and hash lengths are checked before anything is computed. */
export function readProof(text: unknown): Proof {
  if (typeof text !== 'string' || text.length > MAX_NOTE + 4_096 || !text.includes('\n\n')) refuse('proof')
  const [head, note] = cut(text, '\n\n')
  const [name, index, ...hashes] = head.split('\n') as [string, string | undefined, ...string[]]
  if (name !== PROOF || !index?.startsWith('index ') || hashes.length > 63) refuse('proof')
  return { index: readDecimal(index.slice(6)), hashes: hashes.map(hash), note }
}

/** A size or index: decimal, no leading zero; below 2^53 here, which the log reaches after some hundred thousand
 * years at a thousand looks a second. */
export function readDecimal(text: string): number {
  return DECIMAL.test(text) && Number(text) <= MAX_SIZE ? Number(text) : refuse('number')
}

function hash(text: string): Bytes {
  const data = unb64(text)
  return data.length === 32 ? data : refuse('proof')
}

/** The bytes behind canonical base64 with padding. */
function unb64(text: string): Bytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) refuse('base64')
  let data: Bytes
  try {
    data = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
  } catch {
    refuse('base64')
  }
  return b64(data) === text ? data : refuse('base64')
}

/** Whether two checkpoints are of one log, one size, and one root. */
export function sameCheckpoint(one: Checkpoint, other: Checkpoint): boolean {
  return one.origin === other.origin && one.size === other.size && same(one.root, other.root)
}
