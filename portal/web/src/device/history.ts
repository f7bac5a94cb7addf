// SPDX-License-Identifier: EUPL-1.2
// A drawer's history as a value: what changed, in which order, and what lives now. The vault keeps it as a hash chain;
// this device replays it and compares it with the newest head that it signed. Mirrors kluisje/history.py.
import { type Bytes, b64u, refuse } from '../formats/spelling.ts'
import { nextHead } from '../formats/statement.ts'

/** One change as the vault tells it. */
export interface Change {
  readonly n: number
  readonly op: string
  readonly rid: string
  readonly ver: number
  readonly t: string
}

/** A drawer's history: `n` changes with head `h`, and what lives: record -> version -> H of the sealed text. */
export interface History {
  readonly n: number
  readonly h: Bytes
  readonly live: ReadonlyMap<string, ReadonlyMap<number, string>>
  /** Ids of records that live or lived: none of them is used for another. */
  readonly used: ReadonlySet<string>
}

const EMPTY: History = { n: 0, h: new Uint8Array(32), live: new Map(), used: new Set() }

/** One change further. */
export async function after(history: History, op: string, rid: string, ver: number, t: string): Promise<History> {
  const h = await nextHead(history.h, history.n + 1, op, rid, ver, t)
  const live = new Map(history.live)
  if (op === 'del') live.delete(rid)
  else live.set(rid, new Map(live.get(rid)).set(ver, t))
  return { n: history.n + 1, h, live, used: new Set(history.used).add(rid) }
}

/** The history that these changes make, from number 1 on. FormatError when one is missing, or when it does not come
 * past `signed`, the newest signed head (null: nothing was signed yet). */
export async function replay(changes: Iterable<Change>, signed: { n: number; h: string } | null): Promise<History> {
  let found = EMPTY, agrees = signed === null
  for (const one of changes) {
    if (one.n !== found.n + 1) refuse('head')
    found = await after(found, one.op, one.rid, one.ver, one.t)
    if (signed && found.n === signed.n) agrees = b64u(found.h) === signed.h
  }
  return agrees ? found : refuse('head')
}

/** The newest version of a record that lives, or 0. */
export function newest(history: History, rid: string): number {
  return Math.max(0, ...(history.live.get(rid)?.keys() ?? []))
}
