// SPDX-License-Identifier: EUPL-1.2
// Who has a vault: making it, opening it, its ways in, and locking. The keys are in memory only, and gone at `locks()`.
import { Locked, Refused } from './errors.ts'
import { late } from './late.ts'
import { Lock } from './locking.ts'
import type { VaultSeen, Way } from './shapes.ts'
import type { Opened, Unlocking } from './unlocking.ts'
import { type Here, Visitor } from './visiting.ts'
import type { Watching } from './watching.ts'

/** A vault that is being made. Nothing exists at the servers until the code was typed back: so there is never an own
 * record before two ways in, and never a vault whose code nobody wrote down. */
export interface Making {
  /** The first way in: a passkey of this device, or words that the machine chose (show them, once). */
  readonly first: { readonly type: 'prf' } | { readonly type: 'pass'; readonly words: string }
  /** The recovery code, for paper: `XXXX-XXXX-…-C`. */
  readonly code: string
  /** The code as she typed it back. False: it is another one, try again. True: the vault is made and open. After
   * Unavailable it may be called again and goes on where it was. */
  typesBack(typed: string): Promise<boolean>
}

/** A new recovery code for a vault that is open; it counts once it was typed back. */
export interface NewCode {
  readonly code: string
  typesBack(typed: string): Promise<boolean>
}

/** Somebody with a vault, open or locked. */
export class Holder extends Visitor {
  readonly #lock = new Lock(() => {
    this.locks()
  })
  readonly #listeners = new Set<() => void>()
  #unlocking: Unlocking | null = null
  #watching: Watching | null = null
  #opened: Opened | null = null

  constructor(given: Here) {
    super(given)
    this.#lock.minutes = given.choices.lockMinutes
  }

  /** What opens and seals: not part of the first page, which may be all that somebody needs (to stop, to pause). */
  protected async keys(): Promise<Unlocking> {
    const { Unlocking } = await late(() => import('./unlocking.ts'))
    return (this.#unlocking ??= new Unlocking(this.device, this.pins, this.directory, this.settings.name))
  }

  /** What checks the log. */
  protected async watch(): Promise<Watching> {
    const { Watching } = await late(() => import('./watching.ts'))
    return (this.#watching ??= new Watching(this.device, this.pins, this.directory))
  }

  /** What there is while the vault is open; null while it is locked. */
  protected get opened(): Opened | null {
    return this.#opened
  }

  /** The same, for what an open vault is needed for. Raises Locked. */
  protected get vault(): Opened {
    if (!this.#opened) throw new Locked()
    return this.#opened
  }

  override async returns(): Promise<string | null> {
    const back = await super.returns()
    if (back !== null) this.keys().catch(() => undefined) // what comes next needs it: it may load while she reads
    return back
  }

  /** Locks, and ends the sign-in. */
  override async signsOut(): Promise<void> {
    this.locks()
    await super.signsOut()
  }

  // -- making and opening ------------------------------------------------------------------------------------

  /** Whether who signed in has a vault. One whose making broke off on this device is made whole first. */
  async hasVault(): Promise<boolean> {
    return (await this.#seesVault()) || (await (await this.keys()).finish())
  }

  async #seesVault(): Promise<boolean> {
    try {
      const { keyringSeq, importing } = await (await this.device.vault('GET', '')).json<VaultSeen>()
      return keyringSeq > 0 && !importing
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return false
      throw error
    }
  }

  /** Begins a vault. NoPrf: this device's passkey gives no secret, offer 'words'. NotNow: the window was closed. */
  async makesAVault(first: 'passkey' | 'words'): Promise<Making> {
    const unlocking = await this.keys()
    const { sameCode, writeCode } = await late(() => import('./unlocking.ts'))
    const begun = await unlocking.begin(first)
    return {
      first: first === 'passkey' ? { type: 'prf' } : { type: 'pass', words: begun.words },
      code: writeCode(begun.secret),
      typesBack: async (typed) => {
        if (!sameCode(begun.secret, typed)) return false
        this.#opens(await unlocking.make(begun))
        begun.secret.fill(0)
        return true
      },
    }
  }

  /** The ways into the vault, once signed in: so that only those are offered. */
  async waysIn(): Promise<readonly Way[]> {
    return (await this.keys()).ways()
  }

  /** Opens with a passkey of this device. Refused `wrong-code` when it opens no slot; NoPrf, NotNow. */
  async opensWithPasskey(): Promise<void> {
    this.#opens(await (await this.keys()).withPasskey())
  }

  /** Opens with the code from paper. Refused `wrong-code`; NotProven `keyring` for an older state. */
  async opens(code: string): Promise<void> {
    this.#opens(await (await this.keys()).withCode(code))
  }

  /** Opens with the machine's words. Refused `wrong-code`, or `too-often` (five tries a day). */
  async opensWithWords(words: string): Promise<void> {
    this.#opens(await (await this.keys()).withWords(words))
  }

  /** Makes a passkey on this device another way in: also how a second device is added, after `opens(code)`. */
  async addsPasskey(): Promise<void> {
    await (await this.keys()).addPasskey(this.vault)
  }

  /** Makes words another way in; answers them, to be shown once. */
  async addsWords(): Promise<string> {
    return (await this.keys()).addWords(this.vault)
  }

  /** A new code for paper. It becomes a way in when it was typed back. */
  async newCode(): Promise<NewCode> {
    const unlocking = await this.keys()
    const { newCode, sameCode, writeCode } = await late(() => import('./unlocking.ts'))
    const secret = newCode()
    return {
      code: writeCode(secret),
      typesBack: async (typed: string) => {
        if (!sameCode(secret, typed)) return false
        await unlocking.addCode(this.vault, secret)
        return true
      },
    }
  }

  /** Takes a way in away. Refused when fewer than two would stay. */
  async dropsWay(id: string): Promise<void> {
    await (await this.keys()).drop(this.vault, id)
  }

  #opens(opened: Opened): void {
    this.#opened?.keys.wipe()
    this.#opened = opened
    this.#lock.start()
  }

  // -- locking -----------------------------------------------------------------------------------------------

  /** Whether the vault is open here. */
  get open(): boolean {
    return this.#opened !== null
  }

  /** Forgets the keys and all that was opened. */
  locks(): void {
    const opened = this.#opened
    this.#opened = null
    this.#lock.stop()
    if (!opened) return
    opened.keys.wipe()
    for (const listener of this.#listeners) listener()
  }

  /** Called when the vault locks, by the clock or by `locks()`; the screens drop what they show. Answers how to stop
   * listening. */
  onLock(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Minutes without use until it locks by itself: 10 unless set. */
  get lockMinutes(): number {
    return this.choices.lockMinutes
  }
  set lockMinutes(minutes: number) {
    this.choices.lockMinutes = this.#lock.minutes = minutes
    this.chooses()
  }

  /** Seconds left until it locks; a screen may warn in the last minute. */
  get lockLeft(): number {
    return this.#lock.left
  }

  /** She is still there: the time begins anew. The screens call it at each touch or key. */
  staysAwake(): void {
    this.#lock.staysAwake()
  }
}
