// SPDX-License-Identifier: EUPL-1.2
// A member's sign-in, own keys and locking at the desk. The keys are in memory only, and gone at `locks()`; the team's key
// is here only while they are. What device/holding.ts is for a person.
import { newCode, readCode, writeCode } from '../formats/slots.ts'
import { type Bytes, FormatError, refuse, same } from '../formats/spelling.ts'
import { Directory } from '../device/directory.ts'
import { Locked, Refused } from '../device/errors.ts'
import { LOCK_MINUTES, Lock } from '../device/locking.ts'
import type { Making, NewCode } from '../device/person.ts'
import { type Pins, readPins } from '../device/proofs.ts'
import type { Lang, Settings, Way } from '../device/shapes.ts'
import { type Choices, Storage } from '../device/storage.ts'
import type { MemberKeys } from './keys.ts'
import { type Session, ask, get, onOver, ownServer } from './server.ts'
import { Team } from './teaming.ts'
import * as unlocking from './unlocking.ts'

/** What a desk starts with: what this device remembers, and who is signed in (null: nobody). */
export interface Here {
  readonly settings: Settings
  readonly pins: Pins
  readonly storage: Storage
  readonly choices: Choices
  readonly session: Session | null
}

/** Own keys and the team, as long as they are open. */
export interface Unlocked {
  readonly keys: MemberKeys
  readonly team: Team
}

/** Reads who is signed in, and what this device remembers. Raises Unavailable or Offline. */
export async function here(settings: Settings): Promise<Here> {
  const storage = await Storage.open()
  const choices = (await storage.get('choices')) ?? { lang: null, title: null, lockMinutes: LOCK_MINUTES }
  const session = await get<Session>('/session').catch((error: unknown) => {
    if (error instanceof Refused && error.status === 401) return null
    throw error
  })
  return { settings, pins: await readPins(settings.pins), storage, choices, session }
}

/** Who has own keys at the desk, open or locked. */
export class Holding {
  readonly settings: Settings
  readonly pins: Pins
  readonly #storage: Storage
  readonly #choices: Choices
  protected readonly directory: Directory
  readonly #lock = new Lock(() => {
    this.locks()
  })
  readonly #listeners = new Set<() => void>()
  #session: Session | null
  #keys: MemberKeys | null = null
  #team: Team | null = null
  #hasKeys = false
  /** Whether a sign-in was here and is over. */
  ended = false
  /** How colleagues and those who are asked will see this member, while the keys are made. */
  ownName = ''

  constructor({ settings, pins, storage, choices, session }: Here) {
    this.settings = settings
    this.pins = pins
    this.#storage = storage
    this.#choices = choices
    this.#session = session
    this.#lock.minutes = choices.lockMinutes
    this.directory = new Directory(pins, ownServer.base, ownServer.given)
    onOver(() => this.#ends())
  }

  /** The sign-in is over: nothing opened stays, whatever the reason. */
  #ends(): void {
    if (!this.#session) return
    this.#session = null
    this.ended = true
    this.locks()
  }

  /** Whether the own keys are whole: the keyring was stored. */
  async #look(): Promise<void> {
    const ring = this.#session?.ring ?? null
    this.#hasKeys = ring !== null && (await get<{ keyring: number }>(`/rings/${ring}`)).keyring > 0
  }

  /** Keys and team while they are unlocked. Locked otherwise. */
  protected get unlocked(): Unlocked {
    if (!this.#keys || !this.#team) throw new Locked()
    return { keys: this.#keys, team: this.#team }
  }

  // -- signing in, own keys ----------------------------------------------------------------------------------

  /** Whether somebody is signed in: the desk's server keeps that, so a reload only locks. */
  get signedIn(): boolean {
    return this.#session !== null
  }

  /** Leaves the page for the organisation's sign-in; it comes back to the first screen. */
  signsIn(): Promise<never> {
    location.assign('/door/in')
    return new Promise(() => undefined) // the page is being left
  }

  /** Ends the sign-in here and at the gateway, and locks. */
  async signsOut(): Promise<void> {
    this.locks()
    this.#session = null
    await ask('DELETE', '/session')
  }

  /** Whether who signed in has own keys here. */
  async hasVault(): Promise<boolean> {
    await this.#look()
    return this.#hasKeys
  }

  /** The name of this member, as colleagues and those who are asked see it. */
  get name(): string {
    return this.#session?.name ?? this.ownName
  }

  /** The member as the gateway names one. */
  get subject(): string {
    return this.#session?.subject ?? ''
  }

  get party(): string {
    return this.#session?.team ?? ''
  }

  get #ring(): string {
    return this.#session?.ring ?? refuse('ring')
  }

  /** Begins own keys. NoPrf: this device's passkey gives no secret, offer 'words'. NotNow: the window was closed. */
  async makesAVault(first: 'passkey' | 'words'): Promise<Making> {
    const name = this.ownName.trim()
    const begun = await unlocking.begin(first, this.settings.name)
    return {
      first: first === 'passkey' ? { type: 'prf' } : { type: 'pass', words: begun.words },
      code: writeCode(begun.secret),
      typesBack: async (typed) => {
        if (!sameCode(begun.secret, typed)) return false
        const before = this.#session?.ring ?? null
        if (before !== null && before !== begun.keys.ring) await ask('DELETE', `/rings/${before}`) // half made, and never opened
        const keys = await unlocking.make(begun, name)
        begun.secret.fill(0)
        this.#session = await get<Session>('/session')
        await this.#opens(keys)
        this.#hasKeys = true
        return true
      },
    }
  }

  /** The ways into the own keys. */
  waysIn(): Promise<readonly Way[]> {
    return unlocking.ways(this.#ring)
  }

  async opensWithPasskey(): Promise<void> {
    await this.#opens(await unlocking.withPasskey(this.#ring, await this.#least()))
  }

  async opens(code: string): Promise<void> {
    await this.#opens(await unlocking.withCode(this.#ring, code, await this.#least()))
  }

  async opensWithWords(words: string): Promise<void> {
    await this.#opens(await unlocking.withWords(this.#ring, words, await this.#least()))
  }

  async addsPasskey(): Promise<void> {
    await unlocking.addPasskey(this.unlocked.keys, this.settings.name)
  }

  addsWords(): Promise<string> {
    return unlocking.addWords(this.unlocked.keys)
  }

  async dropsWay(id: string): Promise<void> {
    await unlocking.drop(this.#ring, id)
  }

  /** A new code for paper. It becomes a way in when it was typed back. */
  newCode(): Promise<NewCode> {
    const { keys } = this.unlocked
    const secret = newCode()
    const typesBack = async (typed: string) => {
      if (!sameCode(secret, typed)) return false
      await unlocking.addCode(keys, secret)
      return true
    }
    return Promise.resolve({ code: writeCode(secret), typesBack })
  }

  async #least(): Promise<number> {
    return (await this.#storage.known(this.#ring)).ring
  }

  async #opens(keys: MemberKeys): Promise<void> {
    const session = this.#session ?? refuse('session')
    const known = await this.#storage.known(keys.ring)
    const team = new Team(session, keys, known.first ?? null)
    this.#keys?.wipe()
    this.#keys = keys
    this.#team = team
    this.#lock.start()
    try {
      await this.comesUp()
    } catch (error) {
      this.locks()
      throw error
    }
  }

  /** Reads the team anew: who is in it, whether its key is here. */
  async comesUp(): Promise<void> {
    const { keys, team } = this.unlocked
    this.#session = await get<Session>('/session')
    const known = await this.#storage.known(keys.ring)
    if (this.#session.role !== 'none') await team.load(known.seq < 0 ? 0 : known.seq)
    const seq = team.newest?.seq ?? known.seq
    await this.#storage.remember(keys.ring, { ...known, ring: keys.seq, seq, first: team.administrator })
  }

  // -- locking, and what this device remembers ---------------------------------------------------------------

  get open(): boolean {
    return this.#keys !== null
  }

  /** Forgets the keys and all that was opened. */
  locks(): void {
    const was = this.#keys
    this.#lock.stop()
    this.#keys?.wipe()
    this.#team?.wipe()
    this.#keys = null
    this.#team = null
    if (was) for (const listener of this.#listeners) listener()
  }

  onLock(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  get lockMinutes(): number {
    return this.#choices.lockMinutes
  }
  set lockMinutes(minutes: number) {
    this.#choices.lockMinutes = this.#lock.minutes = minutes
    this.#chooses()
  }

  get lockLeft(): number {
    return this.#lock.left
  }

  staysAwake(): void {
    this.#lock.staysAwake()
  }

  get lang(): Lang {
    return this.#choices.lang ?? (navigator.language.startsWith('en') ? 'en' : 'nl')
  }
  set lang(lang: Lang) {
    this.#choices.lang = lang
    this.#chooses()
  }

  get tabTitle(): string | null {
    return this.#choices.title
  }
  set tabTitle(title: string | null) {
    this.#choices.title = title
    this.#chooses()
  }

  #chooses(): void {
    this.#storage.put('choices', this.#choices).catch(() => undefined) // not kept: then it holds until the page is left
  }
}

function sameCode(secret: Bytes, typed: string): boolean {
  try {
    return same(readCode(typed), secret)
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}
