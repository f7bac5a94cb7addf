// SPDX-License-Identifier: EUPL-1.2
// A member's own keys: a keyring as a person's, with no drawer in it. It opens the member's copy of the team's key. In
// the memory of this page, until it locks. The formats are those of a person (formats/envelope, formats/slots).
import type { SlotType } from '../formats/envelope.ts'
import { type PrivateJwk, type SigningKey, publicHalf, signer } from '../formats/jose.ts'
import { type Keyring, newKeyring } from '../formats/keyring.ts'
import { openKeyring, ringKey, sealKeyring, sealSlot } from '../formats/sealing.ts'
import { type Bytes, type PublicJwk, checkId } from '../formats/spelling.ts'
import type { Slot } from './server.ts'

/** RK and the keyring of one member, on this device only. */
export class MemberKeys {
  /** The ring id: random, chosen by this browser, known to the own desk only. */
  readonly ring: string
  readonly #rk: Bytes
  readonly enc: PrivateJwk
  readonly sig: SigningKey
  readonly sealed: string
  readonly seq: number

  private constructor(rk: Bytes, keyring: Keyring, sealed: string, sig: SigningKey) {
    this.ring = keyring.vlt
    this.#rk = rk
    this.enc = keyring.enc
    this.sig = sig
    this.sealed = sealed
    this.seq = keyring.seq
  }

  /** Fresh keys. */
  static async fresh(ring: string): Promise<MemberKeys> {
    const rk = crypto.getRandomValues(new Uint8Array(32))
    const keyring = await newKeyring(checkId(ring))
    return new MemberKeys(rk, keyring, await sealKeyring(keyring, await ringKey(rk)), await signer(keyring.sig))
  }

  /** The keys from RK and the sealed keyring. `least`: the highest number this device knows of. FormatError when they do
   * not fit. */
  static async open(ring: string, rk: Bytes, jwe: string, least: number): Promise<MemberKeys> {
    const keyring = await openKeyring(jwe, await ringKey(rk), ring, Math.max(least, 1))
    return new MemberKeys(rk, keyring, jwe, await signer(keyring.sig))
  }

  /** The public half of ENC. */
  get publicEnc(): PublicJwk {
    return publicHalf(this.enc)
  }

  /** A new slot that `secret` opens. */
  async slot(secret: Bytes, id: string, type: SlotType, kdf: unknown = null): Promise<Slot> {
    return { id, type, kdf, jwe: await sealSlot(this.#rk, secret, { vlt: this.ring, slot: id, kind: type }) }
  }

  /** Forgets RK; the object goes with the page's memory. */
  wipe(): void {
    this.#rk.fill(0)
  }
}
