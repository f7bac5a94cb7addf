// SPDX-License-Identifier: EUPL-1.2
// Making a vault, opening it again, and its ways in: what stands between a sign-in and the keys. A sign-in says whose
// vault it is; it opens nothing. The keys come through a slot, and count only when the keyring is the newest that the
// person's own statements name. Mirrors kluisje/unlocking.py; formats.md sections 6 and 9.
import type { SlotType } from '../formats/envelope.ts'
import { openSlot } from '../formats/sealing.ts'
import { chooseWords, newCode, newKdf, passSecret, readCode, writeCode } from '../formats/slots.ts'
import { type Bytes, FormatError, newId, same, unb64u } from '../formats/spelling.ts'
import { type Passkey, signCard } from '../formats/statement.ts'
import { Chain } from './chain.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import { Drawers } from './drawers.ts'
import { NoPrf, NotProven, Refused } from './errors.ts'
import { Filing } from './filing.ts'
import { now } from './http.ts'
import { PersonKeys, type Slot } from './keyring.ts'
import { make as makePasskey, touch } from './passkeys.ts'
import { type Pins, checkPerson } from './proofs.ts'
import { Requests } from './requests.ts'
import type { Way } from './shapes.ts'
import type { Unfinished } from './storage.ts'
import { Stopping, findGrant } from './stopping.ts'

/** What there is on a device while the vault is open. */
export class Opened {
  readonly keys: PersonKeys
  readonly chain: Chain
  readonly drawers: Drawers
  readonly requests: Requests
  readonly filing: Filing
  readonly stopping: Stopping

  constructor(device: Device, keys: PersonKeys, pins: Pins, directory: Directory) {
    this.keys = keys
    this.chain = new Chain(device, keys, pins)
    this.drawers = new Drawers(device, keys, this.chain, directory)
    this.requests = new Requests(device, keys, this.chain, this.drawers, directory)
    this.filing = new Filing(device, keys, this.drawers, directory)
    this.stopping = new Stopping(device, keys, this.chain, this.drawers, directory)
    directory.learnVault(`vault:${device.vlt}`, this.chain.sigAt)
  }
}

/** What makes and opens vaults, for who is signed in. */
export class Unlocking {
  readonly #device: Device
  readonly #pins: Pins
  readonly #directory: Directory
  readonly #name: string
  /** A passkey that gives no secret, made a moment ago: it still touches for what is sensitive. */
  #touching: Passkey[] = []

  constructor(device: Device, pins: Pins, directory: Directory, name: string) {
    this.#device = device
    this.#pins = pins
    this.#directory = directory
    this.#name = name
  }

  // -- making ------------------------------------------------------------------------------------------------

  /** Begins a vault with its first way in, and a code. Nothing is at the servers yet. */
  async begin(first: 'passkey' | 'words'): Promise<Begun> {
    const keys = await PersonKeys.fresh(this.#device.vlt)
    const made = first === 'passkey' ? await this.#passkeySlot(keys, []) : await this.#wordsSlot(keys)
    const secret = newCode()
    const slots = [made.slot, await keys.slot(secret, newId(), 'code')]
    const passkeys = made.passkey ? [made.passkey] : this.#touching
    return { keys, slots, passkeys, words: made.words, secret, card: null, person: null }
  }

  /** Enters card and word at consent, opens the vault with the receipt, stores slots and keyring. All of it may be
   * repeated: also by a page that comes after this one died (`finish`). */
  async make(begun: Begun): Promise<Opened> {
    const { keys, slots } = begun
    const opened = new Opened(this.#device, keys, this.#pins, this.#directory)
    const { sig } = keys
    if (begun.card === null) {
      const link = { iss: `vault:${keys.vlt}`, seq: 0, prv: null, iat: now(), ring: 0 } // the keyring comes right after
      const given = { sig: sig.jwk, enc: keys.enc, passkeys: begun.passkeys, slots: slots.map((one) => one.id) }
      begun.card = await signCard(sig, link, given)
    }
    const { card } = begun
    const person = (begun.person ??= await this.#device.attest(sig.jwk.kid))
    await proven('person', () => checkPerson(person, this.#pins, keys.vlt, sig.jwk.kid))
    const making = { card, person, slots, ring: keys.sealed }
    await this.#device.setUnfinished(making)
    await this.#send(making, (receipt) => proven('receipt', () => opened.chain.begin(card, receipt)))
    await this.#device.remember({ ring: keys.seq })
    this.#touching = []
    return opened
  }

  /** Goes on with a vault of which a page before this one sent a part and died. False: there is none, or somebody made
   * the vault elsewhere since. The keys are in its slots: it is opened like any other afterwards. */
  async finish(): Promise<boolean> {
    const making = await this.#device.unfinished()
    if (making === null) return false
    try {
      await this.#send(making, async () => {})
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      await this.#device.setUnfinished(null) // it can never become whole; there is nothing of hers in it yet
      return false
    }
    return true
  }

  async #send({ card, person, slots, ring }: Unfinished, entered: (receipt: string) => Promise<void>): Promise<void> {
    const answer = await this.#device.top('consent', 'POST', '/vaults', { json: { card, person } })
    const receipt = (await answer.json<{ receipts: string[] }>()).receipts[0] ?? ''
    await entered(receipt)
    await this.#device.top('vault', 'POST', '/vaults', { json: { card, receipt } })
    for (const { id, type, kdf, jwe } of slots) await this.#device.vault('PUT', `/slots/${id}`, { json: { type, kdf, jwe } })
    await this.#device.vault('PUT', '/keyring', { json: { jwe: ring } })
    await this.#device.setUnfinished(null)
  }

  // -- opening -----------------------------------------------------------------------------------------------

  /** The ways into the vault. */
  async ways(): Promise<readonly Way[]> {
    return (await (await this.#device.vault('GET', '/slots')).json<{ items: Way[] }>()).items
  }

  /** Opens with a code from paper. Refused `wrong-code` when it opens no slot. */
  async withCode(code: string): Promise<Opened> {
    let secret: Bytes
    try {
      secret = readCode(code)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new Refused('wrong-code', 'This is no whole code: look at it again.')
    }
    return this.#open('code', () => Promise.resolve(secret))
  }

  /** Opens with a passkey of this device. */
  async withPasskey(): Promise<Opened> {
    const { secret } = await touch(this.#device.vlt, null, [])
    if (secret === null) throw new NoPrf()
    return this.#open('prf', () => Promise.resolve(secret))
  }

  /** Opens with the machine's words. */
  async withWords(words: string): Promise<Opened> {
    let pepper: Bytes | null = null
    return this.#open('pass', async (slot) => passSecret(words, slot.kdf, (pepper ??= await this.#pepper())))
  }

  async #open(type: SlotType, secretOf: (slot: Slot) => Promise<Bytes>): Promise<Opened> {
    const { vlt, known } = this.#device
    for (const way of await this.ways()) {
      if (way.type !== type) continue
      const slot = await (await this.#device.vault('GET', `/slots/${way.id}`)).json<Slot>()
      let rk: Bytes
      try {
        rk = await openSlot(slot.jwe, await secretOf(slot), { vlt, slot: slot.id, kind: type })
      } catch (error) {
        if (error instanceof FormatError) continue
        throw error
      }
      const ring = await (await this.#device.vault('GET', '/keyring')).json<{ jwe: string }>()
      const keys = await proven('keyring', () => PersonKeys.open(vlt, rk, ring.jwe, known.ring))
      return this.#checked(new Opened(this.#device, keys, this.#pins, this.#directory))
    }
    throw new Refused('wrong-code', 'This does not open the vault.')
  }

  /** Reads the chain, and refuses a keyring that is older than its statements say, or of another card. */
  async #checked(opened: Opened): Promise<Opened> {
    const { chain, keys } = opened
    await proven('keyring', () => chain.load())
    if (keys.seq < chain.ring || chain.card.claims.sig.kid !== keys.sig.jwk.kid) {
      throw new NotProven('keyring', 'the vault gave an older keyring than its statements name')
    }
    await this.#device.remember({ ring: keys.seq })
    return opened
  }

  // -- more ways in ------------------------------------------------------------------------------------------

  /** A passkey of this device as another way in. */
  async addPasskey(opened: Opened): Promise<void> {
    const { wa } = opened.chain.card.claims
    const made = await this.#passkeySlot(opened.keys, wa.map((one) => one.id))
    await this.#add(opened, made.slot, made.passkey)
  }

  /** Words as another way in; answers them. */
  async addWords(opened: Opened): Promise<string> {
    const { slot, words } = await this.#wordsSlot(opened.keys)
    await this.#add(opened, slot, null)
    return words
  }

  /** A code as another way in, once it was typed back. */
  async addCode(opened: Opened, secret: Bytes): Promise<void> {
    await this.#add(opened, await opened.keys.slot(secret, newId(), 'code'), null)
  }

  /** Takes a way in away. Refused when fewer than two would stay. */
  async drop(opened: Opened, id: string): Promise<void> {
    await this.#device.vault('DELETE', `/slots/${id}`)
    await this.#newCard(opened, opened.chain.card.claims.wa)
  }

  async #add(opened: Opened, slot: Slot, passkey: Passkey | null): Promise<void> {
    await this.#store(slot)
    const { wa } = opened.chain.card.claims
    await this.#newCard(opened, passkey ? [...wa, passkey] : wa)
  }

  /** The card names the slots that there are: she sees when somebody adds one. */
  async #newCard(opened: Opened, passkeys: readonly Passkey[]): Promise<void> {
    const slots = (await this.ways()).map((way) => way.id)
    await opened.chain.tellVault(await opened.chain.write((draft) => draft.card(passkeys, slots)))
  }

  async #store({ id, type, kdf, jwe }: Slot): Promise<void> {
    await this.#device.vault('PUT', `/slots/${id}`, { json: { type, kdf, jwe } })
  }

  async #passkeySlot(keys: PersonKeys, others: readonly string[]): Promise<{ slot: Slot; passkey: Passkey; words: '' }> {
    const { passkey, secret } = await makePasskey(keys.vlt, this.#name, others)
    if (secret === null) {
      this.#touching = [passkey]
      throw new NoPrf()
    }
    const slot = await keys.slot(secret, newId(), 'prf')
    secret.fill(0)
    return { slot, passkey, words: '' }
  }

  async #wordsSlot(keys: PersonKeys): Promise<{ slot: Slot; passkey: null; words: string }> {
    const { dutchWords } = await import('./words.ts')
    const words = chooseWords(dutchWords), kdf = newKdf()
    const slot = await keys.slot(await passSecret(words, kdf, await this.#pepper()), newId(), 'pass', kdf)
    return { slot, passkey: null, words }
  }

  /** What consent keeps for words: given after a sign-in, five times a day. */
  async #pepper(): Promise<Bytes> {
    const answer = await this.#device.consent('POST', '/peppers')
    return unb64u((await answer.json<{ pepper: string }>()).pepper)
  }
}

/** A vault that is being made: kept until it is whole, so that a second try sends the same again. */
export interface Begun {
  readonly keys: PersonKeys
  readonly slots: readonly Slot[]
  readonly passkeys: readonly Passkey[]
  readonly words: string
  readonly secret: Bytes
  card: string | null
  person: string | null
}

/** Whether a code was typed back right. */
export function sameCode(secret: Bytes, typed: string): boolean {
  try {
    return same(readCode(typed), secret)
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}

export { findGrant, newCode, writeCode }

async function proven<T>(reason: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FormatError) throw new NotProven(reason, 'it does not check on this device')
    throw error
  }
}
