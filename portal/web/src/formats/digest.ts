// SPDX-License-Identifier: EUPL-1.2
// SHA-256 of what comes in pieces. WebCrypto hashes only what is whole in memory, and an attachment may have 100 MB;
// so this one comes from hash-wasm, in a chunk of its own.
import { createSHA256 } from 'hash-wasm'
import type { Bytes } from './spelling.ts'

/** A hash that grows. */
export interface Digest {
  add(piece: Bytes): void
  done(): Bytes
}

/** A new SHA-256. */
export async function newDigest(): Promise<Digest> {
  const hasher = await createSHA256()
  hasher.init()
  return {
    add: (piece) => void hasher.update(piece),
    done: () => new Uint8Array(hasher.digest('binary')),
  }
}
