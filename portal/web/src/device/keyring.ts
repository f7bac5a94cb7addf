// SPDX-License-Identifier: EUPL-1.2
// Where a person's private keys are: in the memory of this page, until it locks. What works every day (SIG, DK, BOX) are
// CryptoKeys that cannot be read out; the secrets themselves lie sealed, and are opened for the moment in which they go
// into the next keyring or an envelope. RK must be sealed into slots, so it stays bytes, wiped at the lock. Mirrors
// PersonKeys of kluisje/keyring.py.
import type { SlotType } from '../formats/envelope.ts'
import { type SigningKey, publicHalf, signer } from '../formats/jose.ts'
import {
  type EpochKeys,
  type EpochSecrets,
  type Keyring,
  drawerOf,
  epochKeys,
  newKeyring,
  sendingKey,
} from '../formats/keyring.ts'
import { openKeyring, ringKey, sealKeyring, sealSlot } from '../formats/sealing.ts'
import { type Bytes, type PublicJwk, checkId, refuse, utf8 } from '../formats/spelling.ts'

/** One way back to RK, as the vault keeps it. */
export interface Slot {
  readonly id: string
  readonly type: SlotType
  readonly kdf: unknown
  readonly jwe: string
}

/** A drawer as it is used: its category and its epochs, oldest first. */
export interface OpenDrawer {
  readonly id: string
  readonly cat: string
  readonly eps: readonly EpochKeys[]
}

/** A next keyring, sealed, before the vault has stored it. */
export interface Next {
  readonly jwe: string
  readonly seq: number
}

/** RK and the keyring of one vault, on this device only. */
export class PersonKeys {
  readonly vlt: string
  readonly #rk: Bytes
  readonly #key: CryptoKey
  #sending: CryptoKey | null
  #jwe = ''
  seq = 0
  drawers: readonly OpenDrawer[] = []
  #sig: SigningKey | null = null
  #enc: PublicJwk | null = null

  private constructor(vlt: string, rk: Bytes, key: CryptoKey, sending: CryptoKey) {
    this.vlt = checkId(vlt)
    this.#rk = rk
    this.#key = key
    this.#sending = sending
  }

  static async #of(vlt: string, rk: Bytes): Promise<PersonKeys> {
    const hmac = { name: 'HMAC', hash: 'SHA-256' }
    const sending = await crypto.subtle.importKey('raw', await sendingKey(rk), hmac, false, ['sign'])
    return new PersonKeys(vlt, rk, await ringKey(rk), sending)
  }

  /** Fresh keys for a new vault: keyring 1, no drawer. */
  static async fresh(vlt: string): Promise<PersonKeys> {
    const rk = crypto.getRandomValues(new Uint8Array(32))
    const made = await PersonKeys.#of(vlt, rk)
    const keyring = await newKeyring(vlt)
    await made.#use(await sealKeyring(keyring, made.#key), keyring)
    return made
  }

  /** The keys of a vault from RK and the sealed keyring. `least`: the highest keyring number this device knows of.
   * FormatError when they do not fit. */
  static async open(vlt: string, rk: Bytes, jwe: string, least: number): Promise<PersonKeys> {
    const made = await PersonKeys.#of(vlt, rk)
    await made.#use(jwe, await openKeyring(jwe, made.#key, vlt, least))
    return made
  }

  /** SIG. */
  get sig(): SigningKey {
    return this.#sig ?? refuse('key')
  }

  /** The public half of ENC. */
  get enc(): PublicJwk {
    return this.#enc ?? refuse('key')
  }

  /** The keyring as it is sealed now. */
  get sealed(): string {
    return this.#jwe
  }

  /** A drawer by its id. */
  drawer(drw: string): OpenDrawer {
    return this.drawers.find((one) => one.id === drw) ?? refuse('no such drawer')
  }

  /** One epoch of a drawer. */
  epoch(drw: string, ep: number): EpochKeys {
    return this.drawer(drw).eps.find((one) => one.ep === ep) ?? refuse('no such epoch')
  }

  /** The epoch that is written to now. */
  newest(drw: string): EpochKeys {
    return this.drawer(drw).eps.at(-1) ?? refuse('no such epoch')
  }

  /** What an envelope of these epochs carries, opened for this moment. */
  async secrets(drw: string): Promise<readonly EpochSecrets[]> {
    return drawerOf(await this.#open(), drw).eps
  }

  /** The next keyring, sealed: `change` gets the one of now. */
  async next(change: (keyring: Keyring) => Keyring): Promise<Next> {
    const keyring = change(await this.#open())
    if (keyring.seq !== this.seq + 1) refuse('keyring')
    return { jwe: await sealKeyring(keyring, this.#key), seq: keyring.seq }
  }

  /** What the vault has stored: by this device, or by another one of hers. FormatError if it is older than this. */
  async read(jwe: string): Promise<void> {
    await this.#use(jwe, await openKeyring(jwe, this.#key, this.vlt, this.seq))
  }

  /** A new slot that `secret` opens. */
  async slot(secret: Bytes, id: string, type: SlotType, kdf: unknown = null): Promise<Slot> {
    return { id, type, kdf, jwe: await sealSlot(this.#rk, secret, { vlt: this.vlt, slot: id, kind: type }) }
  }

  /** 32 bytes that only who holds RK can make, for these words; for the same words always the same. */
  async forSending(...words: readonly string[]): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign('HMAC', this.#sending ?? refuse('key'), utf8(words.join('\0'))))
  }

  /** Forgets everything. */
  wipe(): void {
    this.#rk.fill(0)
    this.#sending = null
    this.#sig = null
    this.#jwe = ''
    this.drawers = []
  }

  #open(): Promise<Keyring> {
    return openKeyring(this.#jwe, this.#key, this.vlt, this.seq)
  }

  async #use(jwe: string, keyring: Keyring): Promise<void> {
    const drawers = await Promise.all(
      keyring.drawers.map(async ({ id, cat, eps }) => ({ id, cat, eps: await Promise.all(eps.map(epochKeys)) })),
    )
    const sig = await signer(keyring.sig)
    this.drawers = drawers
    this.#sig = sig
    this.#enc = publicHalf(keyring.enc)
    this.#jwe = jwe
    this.seq = keyring.seq
  }
}
