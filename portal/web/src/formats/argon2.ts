// SPDX-License-Identifier: EUPL-1.2
// Argon2id, in a chunk of its own: only who opens with words loads it.
import { argon2id as argon2 } from 'hash-wasm'
import type { Bytes } from './spelling.ts'

/** 32 bytes. `m` in KiB. */
export async function argon2id(words: string, salt: Bytes, cost: { m: number; t: number; p: number }): Promise<Bytes> {
  const made = await argon2({
    password: words,
    salt,
    memorySize: cost.m,
    iterations: cost.t,
    parallelism: cost.p,
    hashLength: 32,
    outputType: 'binary',
  })
  return new Uint8Array(made)
}
