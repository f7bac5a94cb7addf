// SPDX-License-Identifier: EUPL-1.2
// A person with a vault, on this device: the one door for the screens. It mirrors kluisje/person.py.
//
//     const noor = await Person.begin(await readSettings())
//     const back = await noor.returns()            // a sign-in that came back in the address
//     await noor.signsIn('/make')                  // leaves the page, and comes back
//     const making = await noor.makesAVault('passkey')
//     show(making.code); await making.typesBack(typed)
//     await noor.keeps('school', { absence_days: 12 })
//     const [question] = await noor.requests()
//     await noor.allows(question)
//     await noor.stops(question)
//     await noor.whoLooked()
//
// Everything is sealed and opened here; the keys never leave this object and are gone at `locks()`. Raises Refused,
// Unavailable, Offline, NotProven, Locked, NoPrf, NotNow, Unfit (errors.ts).
import type { AttachmentEntry } from '../formats/attachment.ts'
import type { Body, Record } from '../formats/authorship.ts'
import type { Grant } from '../formats/grant.ts'
import { Device } from './device.ts'
import { Directory } from './directory.ts'
import { Locked, Offline, Refused, Unavailable } from './errors.ts'
import type { Exporting } from './exporting.ts'
import { call, seconds } from './http.ts'
import { late } from './late.ts'
import { LOCK_MINUTES, Lock } from './locking.ts'
import { type Pins, readPins } from './proofs.ts'
import type { Offering } from './requests.ts'
import { pause, paused, running, stopUnsigned } from './running.ts'
import type {
  AgeBand,
  Asked,
  Category,
  Choice,
  Filed,
  Given,
  Lang,
  Line,
  Log,
  Owed,
  Pause,
  Progress,
  Purpose,
  Receipt,
  Schema,
  Seen,
  Settings,
  Stopped,
  Usage,
  Way,
  Why,
} from './shapes.ts'
import { SignIn } from './signin.ts'
import { type Choices, Storage } from './storage.ts'
import type { Opened, Unlocking } from './unlocking.ts'
import type { Watching } from './watching.ts'

export * from './errors.ts'
export type * from './shapes.ts'
export type { AttachmentEntry, Body, Grant, Offering, Record }

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

/** `/portal.json`. Raises Unavailable or Offline. */
export async function readSettings(): Promise<Settings> {
  return (await call('GET', `${location.origin}/portal.json`)).json<Settings>()
}

/** One person on one device. */
export class Person {
  /** Which installation this is. */
  readonly settings: Settings
  readonly #storage: Storage
  readonly #choices: Choices
  readonly #signin: SignIn
  readonly #device: Device
  readonly #directory: Directory
  readonly #pins: Pins
  #unlocking: Unlocking | null = null
  #watching: Watching | null = null
  readonly #lock = new Lock(() => {
    this.locks()
  })
  readonly #listeners = new Set<() => void>()
  #opened: Opened | null = null
  #exporting: Exporting | null = null

  private constructor(settings: Settings, pins: Pins, storage: Storage, choices: Choices) {
    this.settings = settings
    this.#storage = storage
    this.#choices = choices
    this.#lock.minutes = choices.lockMinutes
    this.#signin = new SignIn(storage, `${pins.origin}/person`, settings.client)
    this.#device = new Device(pins.origin, this.#signin, storage)
    this.#directory = new Directory(pins)
    this.#pins = pins
  }

  /** Reads what this device remembers. Raises Unavailable or Offline. */
  static async begin(settings: Settings): Promise<Person> {
    const storage = await Storage.open()
    const choices = (await storage.get('choices')) ?? { lang: null, title: null, lockMinutes: LOCK_MINUTES }
    return new Person(settings, await readPins(settings.pins), storage, choices)
  }

  /** What opens and seals: not part of the first page, which may be all that somebody needs (to stop, to pause). */
  async #keys(): Promise<Unlocking> {
    const { Unlocking } = await late(() => import('./unlocking.ts'))
    return (this.#unlocking ??= new Unlocking(this.#device, this.#pins, this.#directory, this.settings.name))
  }

  /** What checks the log. */
  async #watch(): Promise<Watching> {
    const { Watching } = await late(() => import('./watching.ts'))
    return (this.#watching ??= new Watching(this.#device, this.#pins, this.#directory))
  }

  get #open(): Opened {
    if (!this.#opened) throw new Locked()
    return this.#opened
  }

  // -- signing in --------------------------------------------------------------------------------------------

  /** Whether somebody is signed in. A reload signs out: tokens are in memory only. */
  get signedIn(): boolean {
    return this.#signin.vlt !== ''
  }

  /** The vault's pseudonym, "" before signing in. */
  get vlt(): string {
    return this.#signin.vlt
  }

  /** Goes to the identity provider; the page is left. `back`: where in the portal to go on (a path). */
  signsIn(back: string): Promise<never> {
    return this.#signin.leave(back)
  }

  /** Called once when the page starts: takes a sign-in that came back out of the address. Answers where to go on, or
   * null when there was none. Refused when the sign-in failed or was broken off (`access_denied`). */
  async returns(): Promise<string | null> {
    const back = await this.#signin.take()
    if (back === null) return null
    await this.#device.recall()
    this.#keys().catch(() => undefined) // what comes next needs it: it may load while she reads
    return back
  }

  /** Ends the sign-in here and at the server, and locks. The screen goes on to `/bye`. Never fails: what cannot be told
   * to the server runs out by itself. */
  async signsOut(): Promise<void> {
    this.locks()
    try {
      await this.#signin.end()
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof Offline || error instanceof Refused)) throw error
    }
  }

  /** Whether who signed in has a vault. */
  async hasVault(): Promise<boolean> {
    try {
      const { keyringSeq, importing } = await (await this.#device.vault('GET', '')).json<VaultSeen>()
      return keyringSeq > 0 && !importing
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return false
      throw error
    }
  }

  // -- making and opening ------------------------------------------------------------------------------------

  /** Begins a vault. NoPrf: this device's passkey gives no secret, offer 'words'. NotNow: the window was closed. */
  async makesAVault(first: 'passkey' | 'words'): Promise<Making> {
    const unlocking = await this.#keys()
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
    return (await this.#keys()).ways()
  }

  /** Opens with a passkey of this device. Refused `wrong-code` when it opens no slot; NoPrf, NotNow. */
  async opensWithPasskey(): Promise<void> {
    this.#opens(await (await this.#keys()).withPasskey())
  }

  /** Opens with the code from paper. Refused `wrong-code`; NotProven `keyring` for an older state. */
  async opens(code: string): Promise<void> {
    this.#opens(await (await this.#keys()).withCode(code))
  }

  /** Opens with the machine's words. Refused `wrong-code`, or `too-often` (five tries a day). */
  async opensWithWords(words: string): Promise<void> {
    this.#opens(await (await this.#keys()).withWords(words))
  }

  /** Makes a passkey on this device another way in: also how a second device is added, after `opens(code)`. */
  async addsPasskey(): Promise<void> {
    await (await this.#keys()).addPasskey(this.#open)
  }

  /** Makes words another way in; answers them, to be shown once. */
  async addsWords(): Promise<string> {
    return (await this.#keys()).addWords(this.#open)
  }

  /** A new code for paper. It becomes a way in when it was typed back. */
  async newCode(): Promise<NewCode> {
    const unlocking = await this.#keys()
    const { newCode, sameCode, writeCode } = await late(() => import('./unlocking.ts'))
    const secret = newCode()
    return {
      code: writeCode(secret),
      typesBack: async (typed: string) => {
        if (!sameCode(secret, typed)) return false
        await unlocking.addCode(this.#open, secret)
        return true
      },
    }
  }

  /** Takes a way in away. Refused when fewer than two would stay. */
  async dropsWay(id: string): Promise<void> {
    await (await this.#keys()).drop(this.#open, id)
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
    this.#exporting = null
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
    return this.#choices.lockMinutes
  }
  set lockMinutes(minutes: number) {
    this.#choices.lockMinutes = this.#lock.minutes = minutes
    this.#chooses()
  }

  /** Seconds left until it locks; a screen may warn in the last minute. */
  get lockLeft(): number {
    return this.#lock.left
  }

  /** She is still there: the time begins anew. The screens call it at each touch or key. */
  staysAwake(): void {
    this.#lock.staysAwake()
  }

  // -- what this device remembers ----------------------------------------------------------------------------

  /** The language of screens and signed texts; remembered on this device. */
  get lang(): Lang {
    return this.#choices.lang ?? (navigator.language.startsWith('en') ? 'en' : 'nl')
  }
  set lang(lang: Lang) {
    this.#choices.lang = lang
    this.#chooses()
  }

  /** The title of the browser tab, which she may change; remembered on this device. */
  get tabTitle(): string | null {
    return this.#choices.title
  }
  set tabTitle(title: string | null) {
    this.#choices.title = title
    this.#chooses()
  }

  #chooses(): void {
    // Not kept (a full disk, a private window): then it holds until the page is left.
    this.#storage.put('choices', this.#choices).catch(() => undefined)
  }

  // -- keeping -----------------------------------------------------------------------------------------------

  /** What her device does at each visit: files what sources brought, closes what ended, renews what runs out. */
  async visits(): Promise<Filed> {
    const { stopping, filing } = this.#open
    await stopping.tidy()
    return filing.file(await (await this.#watch()).proven())
  }

  /** The kinds of drawers there can be, in the order of the catalogue. */
  categories(): Promise<readonly Category[]> {
    return this.#directory.categories()
  }

  /** All record types, by URI. */
  schemas(): Promise<ReadonlyMap<string, Schema>> {
    return this.#directory.schemas()
  }

  /** A purpose by its URI. */
  purpose(uri: string): Promise<Purpose> {
    return this.#directory.purpose(uri)
  }

  /** Her drawers: id -> category. */
  get drawers(): ReadonlyMap<string, string> {
    return this.#open.drawers.all()
  }

  /** Puts a record in a drawer, by category (`school`) or id; the drawer is made if need be. `schema`: the record
   * type's URI, or the only one that these members fit. `progress` counts bytes of the files. */
  async keeps(drawer: string, body: Body, schema?: string, files?: readonly File[], progress?: Progress): Promise<Record> {
    return this.#open.drawers.keep(drawer, { body, schema, files, progress })
  }

  /** Writes the next version of an own record; its attachments stay, and these come to it. */
  async changes(record: Record, body: Body, files?: readonly File[], progress?: Progress): Promise<Record> {
    return this.#open.drawers.keep(record.drw, { body, files, insteadOf: record, progress })
  }

  /** Takes a record away, with all its versions and attachments. */
  async drops(record: Record): Promise<void> {
    await this.#open.drawers.drop(record)
  }

  /** The records of one of her drawers, opened, newest first. */
  async looksIn(drawer: string): Promise<readonly Record[]> {
    return this.#open.drawers.read(drawer)
  }

  /** An older version of a record. */
  async version(record: Record, ver: number): Promise<Record> {
    return this.#open.drawers.version(record, ver)
  }

  /** An attachment (one of `record.att`), verified whole. */
  async fetches(record: Record, entry: AttachmentEntry, progress?: Progress): Promise<Blob> {
    return this.#open.drawers.fetch(record, entry, progress)
  }

  /** Bytes and numbers kept. */
  async usage(): Promise<Usage> {
    return (await this.#device.vault('GET', '/usage')).json<Usage>()
  }

  // -- asked and answered ------------------------------------------------------------------------------------

  /** A new code that lets one team ask her once, within seven days. */
  async shareCode(): Promise<string> {
    return (await (await this.#device.consent('POST', '/share-codes')).json<{ code: string }>()).code
  }

  /** Questions that wait for her answer (`every`: those that are over too), newest first, signature and asker
   * checked. */
  async requests(every = false): Promise<readonly Asked[]> {
    return this.#open.requests.inbox(every)
  }

  /** One question by its id. */
  async request(id: string): Promise<Asked> {
    return this.#open.requests.find(id)
  }

  /** What a yes would show, item by item, with her real records: the consent screen, and "Kijk als…". */
  async shows(asked: Asked, choice: Choice = {}): Promise<readonly Seen[]> {
    return this.#open.requests.shows(asked, choice)
  }

  /** A yes: to all of it, or to less. A sensitive one asks for a touch of her passkey. Unfit when it would not answer
   * the question. */
  async allows(asked: Asked, choice: Choice = {}): Promise<Grant> {
    return this.#open.requests.allow(asked, choice, this.lang)
  }

  /** A counter-offer. Nothing is shared until the asker accepts it by asking again, and she says yes to that. */
  async offers(asked: Asked, offer: Offering): Promise<void> {
    await this.#open.requests.offer(asked, offer)
  }

  /** A no. The asker sees what it would see without any answer. */
  async saysNo(asked: Asked | string): Promise<void> {
    await this.#open.requests.refuse(typeof asked === 'string' ? asked : asked.id)
  }

  /** All grants, newest first, with their true state. Works while locked, once signed in. */
  running(): Promise<readonly Given[]> {
    return running(this.#device, this.#directory)
  }

  /** Stops a grant: a Given or Grant, its id, or the question that it answered. While the vault is locked the sign-in
   * is enough: then the answer is null, and the next visit signs. */
  async stops(grant: Given | Grant | Asked | string): Promise<Stopped | null> {
    const id = typeof grant === 'string' ? grant : 'jti' in grant ? grant.jti : grant.id
    const opened = this.#opened
    if (!opened) {
      await stopUnsigned(this.#device, id)
      return null
    }
    const { findGrant } = await late(() => import('./unlocking.ts'))
    let found = findGrant(opened.chain, id)
    if (!found) {
      await opened.chain.load() // perhaps another device of hers said yes
      found = findGrant(opened.chain, id)
    }
    if (!found) throw new Refused('not-found', 'There is no such grant.', 404)
    return opened.stopping.stop(found)
  }

  /** Closes everything, or one grant, until it is opened again. Nobody is told. Works while locked. Answers its id. */
  pauses(grant?: Given | string): Promise<string> {
    return pause(this.#device, grant === undefined ? null : typeof grant === 'string' ? grant : grant.id)
  }

  /** The pauses that are on now. */
  paused(): Promise<readonly Pause[]> {
    return paused(this.#device)
  }

  /** Opens a pause; the vault must be open. */
  async opensAgain({ id, grant }: Pause): Promise<void> {
    await this.#open.stopping.openAgain(grant === null ? `/pauses/${id}` : `/grants/${grant}/pauses/${id}`)
  }

  // -- leaving -----------------------------------------------------------------------------------------------

  /** Everything in one file; `readable` adds opened copies. Called again after Unavailable it goes on. */
  async exports(readable = false, progress?: Progress): Promise<Blob> {
    const { drawers } = this.#open
    const { Exporting } = await late(() => import('./exporting.ts'))
    this.#exporting ??= new Exporting(this.#device)
    return this.#exporting.write(readable ? drawers : null, progress)
  }

  /** Brings an export into the empty vault of who signs in; `code` opens the export. Then `opens(code)`. */
  async imports(file: File, code: string, progress?: Progress): Promise<void> {
    const { importFile } = await late(() => import('./importing.ts'))
    await importFile(this.#device, file, code, progress)
  }

  /** Asks both servers to erase all, consent first. Both wait 72 hours after a fresh sign-in; Refused `step-up-needed`
   * when the sign-in is not of the last five minutes: sign in again first. Answers when. */
  async erasesEverything(): Promise<number> {
    await this.#device.consent('POST', '/erasures', { json: {} })
    const { due } = await (await this.#device.vault('POST', '/erasures', { json: {} })).json<{ due: string }>()
    return seconds(due)
  }

  /** Which age rules hold for her now: the screens have shorter texts for the youngest. */
  async ageBand(): Promise<AgeBand> {
    return (await (await this.#device.consent('GET', '')).json<{ ageBand: AgeBand }>()).ageBand
  }

  /** When everything will be erased, or null. */
  async erasure(): Promise<number | null> {
    const { erasure } = await (await this.#device.vault('GET', '')).json<VaultSeen>()
    return erasure && seconds(erasure.due)
  }

  /** Takes back an erasure that still waits. Wants a fresh sign-in too. */
  async keepsEverything(): Promise<void> {
    const { erasure } = await (await this.#device.vault('GET', '')).json<VaultSeen>()
    if (erasure) await this.#device.vault('DELETE', `/erasures/${erasure.id}`)
    const { erasureAt } = await (await this.#device.consent('GET', '')).json<{ erasureAt: string | null }>()
    if (erasureAt === null) return
    // Asked again, consent answers with the one that waits.
    const { id } = await (await this.#device.consent('POST', '/erasures', { json: {} })).json<{ id: string }>()
    await this.#device.consent('DELETE', `/erasures/${id}`)
  }

  // -- what happened -----------------------------------------------------------------------------------------

  /** Who looked, tried to, or brought something: newest first, every line checked on this device. */
  async whoLooked(): Promise<Log> {
    const { lines, sound } = await (await this.#watch()).log()
    return { lines: lines.filter((line) => line.isLook), sound }
  }

  /** All lines about this vault, her own statements among them, newest first. */
  async history(): Promise<Log> {
    return (await this.#watch()).log()
  }

  /** "Waarom keek je?" about one line of whoLooked(): the team has seven days. Once per line. */
  async asksWhy(line: Line | number, text: string): Promise<Why> {
    return (await this.#watch()).asks(typeof line === 'number' ? line : line.n, text)
  }

  /** What she asked, newest first, with the teams' signed answers. */
  async askedWhy(): Promise<readonly Why[]> {
    return (await this.#watch()).questions()
  }

  /** What teams owe her after a grant ended: erased, kept until when, or nothing said yet. */
  async owed(): Promise<readonly Owed[]> {
    return (await this.#watch()).owed()
  }

  /** Lines by which somebody else's key was tied to this vault. Anything here is an alarm: red screen. */
  async strangers(): Promise<readonly Line[]> {
    return (await this.#watch()).strangers()
  }

  /** Her consent receipts, newest first, each checked. */
  async receipts(): Promise<readonly Receipt[]> {
    return (await this.#watch()).receipts()
  }
}

/** The vault as it tells of itself. */
interface VaultSeen {
  readonly keyringSeq: number
  readonly importing: boolean
  readonly erasure: { readonly id: string; readonly due: string } | null
}
