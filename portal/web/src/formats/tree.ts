// SPDX-License-Identifier: EUPL-1.2
// The Merkle tree of the log (RFC 6962 section 2): what a device checks. Growing and proving are the server's. Indexes
// and sizes are safe integers here; a log above 2^53 is refused. Mirrors the second half of formats/tree.py.
import { type Bytes, join, refuse, same, sha256 } from './spelling.ts'

export const MAX_SIZE = Number.MAX_SAFE_INTEGER

/** The leaf hash of an entry (32 bytes). */
export function leaf(entry: Bytes): Promise<Bytes> {
  return sha256(join(Uint8Array.of(0), entry))
}

/** The hash of two neighbouring subtrees. */
export function node(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(join(Uint8Array.of(1), left, right))
}

const half = (n: number) => Math.floor(n / 2) // `>>` would cut at 32 bits
const odd = (n: number) => n % 2 === 1

/** The root that a proof leads to; refuses an index outside the tree, a wrong number of hashes, a wrong length. */
export async function rootFromInclusion(
  index: number,
  size: number,
  leafHash: Bytes,
  hashes: readonly Bytes[],
): Promise<Bytes> {
  checkSize(size)
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) refuse('tree')
  let found = hash(leafHash), last = size - 1, at = index
  for (const value of hashes) {
    if (last === 0) refuse('tree')
    if (odd(at) || at === last) {
      found = await node(hash(value), found)
      while (!odd(at) && at) [at, last] = [half(at), half(last)]
    } else {
      found = await node(found, hash(value))
    }
    ;[at, last] = [half(at), half(last)]
  }
  return last ? refuse('tree') : found
}

/** Refuses unless the leaf stands at `index` in the tree of `size` with this root. */
export async function verifyInclusion(
  index: number,
  size: number,
  leafHash: Bytes,
  hashes: readonly Bytes[],
  root: Bytes,
): Promise<void> {
  if (!same(await rootFromInclusion(index, size, leafHash, hashes), hash(root))) refuse('tree')
}

/** Refuses unless the tree of `size` begins with the tree of `old`. `old` 0 proves nothing and is refused. */
export async function verifyConsistency(
  old: number,
  oldRoot: Bytes,
  size: number,
  root: Bytes,
  hashes: readonly Bytes[],
): Promise<void> {
  checkSize(size)
  for (const value of [oldRoot, root, ...hashes]) hash(value)
  if (!Number.isSafeInteger(old) || old <= 0 || old > size) refuse('tree')
  if (old === size) return hashes.length || !same(oldRoot, root) ? refuse('tree') : undefined
  // RFC 9162 section 2.1.4.2; an old tree that is one complete subtree is its own first hash.
  const path = /^10*$/.test(old.toString(2)) ? [oldRoot, ...hashes] : hashes
  const [begin, ...rest] = path
  if (!begin) refuse('tree')
  let at = old - 1, last = size - 1, first = begin, second = begin
  while (odd(at)) [at, last] = [half(at), half(last)]
  for (const value of rest) {
    if (last === 0) refuse('tree')
    if (odd(at) || at === last) {
      ;[first, second] = await Promise.all([node(value, first), node(value, second)])
      while (!odd(at) && at) [at, last] = [half(at), half(last)]
    } else {
      second = await node(second, value)
    }
    ;[at, last] = [half(at), half(last)]
  }
  if (last || !same(first, oldRoot) || !same(second, root)) refuse('tree')
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size <= 0) refuse('tree')
}

function hash(value: Bytes): Bytes {
  return value instanceof Uint8Array && value.length === 32 ? value : refuse('tree')
}
