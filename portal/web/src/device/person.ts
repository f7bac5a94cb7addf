// SPDX-License-Identifier: EUPL-1.2
// A person with a vault, on this device: the one door for the screens. It mirrors kluisje/person.py.
//
//     const noor = await Person.begin()
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
import type {
  Asked,
  Category,
  Choice,
  Filed,
  Given,
  Lang,
  Line,
  Log,
  Offer,
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
} from './shapes.ts'

export * from './errors.ts'
export type * from './shapes.ts'
export type { AttachmentEntry, Body, Grant, Record }

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

const later = (): never => {
  throw new Error('not written yet')
}

/** One person on one device. */
export class Person {
  /** Reads `/portal.json` and what this device remembers. Raises Unavailable or Offline. */
  static begin(): Promise<Person> {
    return later()
  }

  /** Which installation this is. */
  get settings(): Settings {
    return later()
  }

  // -- signing in --------------------------------------------------------------------------------------------

  /** Whether somebody is signed in. A reload signs out: tokens are in memory only. */
  get signedIn(): boolean {
    return later()
  }

  /** The vault's pseudonym, "" before signing in. */
  get vlt(): string {
    return later()
  }

  /** Goes to the identity provider; the page is left. `back`: where in the portal to go on (a path). */
  signsIn(back: string): Promise<never> {
    void back
    return later()
  }

  /** Called once when the page starts: takes a sign-in that came back out of the address. Answers where to go on, or
   * null when there was none. Refused when the sign-in failed or was broken off (`access_denied`). */
  returns(): Promise<string | null> {
    return later()
  }

  /** Ends the sign-in here and at the server, and locks. The screen goes on to `/bye`. */
  signsOut(): Promise<void> {
    return later()
  }

  /** Whether who signed in has a vault. */
  hasVault(): Promise<boolean> {
    return later()
  }

  // -- making and opening ------------------------------------------------------------------------------------

  /** Begins a vault. NoPrf: this device's passkey gives no secret, offer 'words'. NotNow: the window was closed. */
  makesAVault(first: 'passkey' | 'words'): Promise<Making> {
    void first
    return later()
  }

  /** The ways into the vault, once signed in: so that only those are offered. */
  waysIn(): Promise<readonly Way[]> {
    return later()
  }

  /** Opens with a passkey of this device. Refused `wrong-code` when it opens no slot; NoPrf, NotNow. */
  opensWithPasskey(): Promise<void> {
    return later()
  }

  /** Opens with the code from paper. Refused `wrong-code`; NotProven `keyring` for an older state. */
  opens(code: string): Promise<void> {
    void code
    return later()
  }

  /** Opens with the machine's words. Refused `wrong-code`, or `too-often` (five tries a day). */
  opensWithWords(words: string): Promise<void> {
    void words
    return later()
  }

  /** Makes a passkey on this device another way in: also how a second device is added, after `opens(code)`. */
  addsPasskey(): Promise<void> {
    return later()
  }

  /** Makes words another way in; answers them, to be shown once. */
  addsWords(): Promise<string> {
    return later()
  }

  /** A new code for paper. It becomes a way in when it was typed back. */
  newCode(): Promise<NewCode> {
    return later()
  }

  /** Takes a way in away. Refused when fewer than two would stay. */
  dropsWay(id: string): Promise<void> {
    void id
    return later()
  }

  // -- locking -----------------------------------------------------------------------------------------------

  /** Whether the vault is open here. */
  get open(): boolean {
    return later()
  }

  /** Forgets the keys and all that was opened. */
  locks(): void {
    later()
  }

  /** Called when the vault locks, by the clock or by `locks()`; the screens drop what they show. Answers how to stop
   * listening. */
  onLock(listener: () => void): () => void {
    void listener
    return later()
  }

  /** Minutes without use until it locks by itself: 10 unless set. */
  get lockMinutes(): number {
    return later()
  }
  set lockMinutes(minutes: number) {
    void minutes
    later()
  }

  /** Seconds left until it locks; a screen may warn in the last minute. */
  get lockLeft(): number {
    return later()
  }

  /** She is still there: the time begins anew. The screens call it at each touch or key. */
  staysAwake(): void {
    later()
  }

  // -- what this device remembers ----------------------------------------------------------------------------

  /** The language of screens and signed texts; remembered on this device. */
  get lang(): Lang {
    return later()
  }
  set lang(lang: Lang) {
    void lang
    later()
  }

  /** The title of the browser tab, which she may change; remembered on this device. */
  get tabTitle(): string | null {
    return later()
  }
  set tabTitle(title: string | null) {
    void title
    later()
  }

  // -- keeping -----------------------------------------------------------------------------------------------

  /** What her device does at each visit: files what sources brought, closes what ended, renews what runs out. */
  visits(): Promise<Filed> {
    return later()
  }

  /** The kinds of drawers there can be, in the order of the catalogue. */
  categories(): Promise<readonly Category[]> {
    return later()
  }

  /** All record types, by URI. */
  schemas(): Promise<ReadonlyMap<string, Schema>> {
    return later()
  }

  /** A purpose by its URI. */
  purpose(uri: string): Promise<Purpose> {
    void uri
    return later()
  }

  /** Her drawers: id -> category. */
  get drawers(): ReadonlyMap<string, string> {
    return later()
  }

  /** Puts a record in a drawer, by category (`school`) or id; the drawer is made if need be. `schema`: the record
   * type's URI, or the only one that these members fit. `progress` counts bytes of the files. */
  keeps(drawer: string, body: Body, schema?: string, files?: readonly File[], progress?: Progress): Promise<Record> {
    void [drawer, body, schema, files, progress]
    return later()
  }

  /** Writes the next version of an own record; its attachments stay, and these come to it. */
  changes(record: Record, body: Body, files?: readonly File[], progress?: Progress): Promise<Record> {
    void [record, body, files, progress]
    return later()
  }

  /** Takes a record away, with all its versions and attachments. */
  drops(record: Record): Promise<void> {
    void record
    return later()
  }

  /** The records of one of her drawers, opened, newest first. */
  looksIn(drawer: string): Promise<readonly Record[]> {
    void drawer
    return later()
  }

  /** An older version of a record. */
  version(record: Record, ver: number): Promise<Record> {
    void [record, ver]
    return later()
  }

  /** An attachment (one of `record.att`), verified whole. */
  fetches(record: Record, entry: AttachmentEntry, progress?: Progress): Promise<Blob> {
    void [record, entry, progress]
    return later()
  }

  /** Bytes and numbers kept. */
  usage(): Promise<Usage> {
    return later()
  }

  // -- asked and answered ------------------------------------------------------------------------------------

  /** A new code that lets one team ask her once, within seven days. */
  shareCode(): Promise<string> {
    return later()
  }

  /** Questions that wait for her answer (`every`: those that are over too), newest first, signature and asker
   * checked. */
  requests(every?: boolean): Promise<readonly Asked[]> {
    void every
    return later()
  }

  /** One question by its id. */
  request(id: string): Promise<Asked> {
    void id
    return later()
  }

  /** What a yes would show, item by item, with her real records: the consent screen, and "Kijk als…". */
  shows(asked: Asked, choice?: Choice): Promise<readonly Seen[]> {
    void [asked, choice]
    return later()
  }

  /** A yes: to all of it, or to less. A sensitive one asks for a touch of her passkey. Unfit when it would not answer
   * the question. */
  allows(asked: Asked, choice?: Choice): Promise<Grant> {
    void [asked, choice]
    return later()
  }

  /** A counter-offer. Nothing is shared until the asker accepts it by asking again, and she says yes to that. */
  offers(asked: Asked, offer: { only?: readonly string[]; until?: number } & Partial<Pick<Offer, 'talkFirst' | 'askAfter' | 'note'>>): Promise<void> {
    void [asked, offer]
    return later()
  }

  /** A no. The asker sees what it would see without any answer. */
  saysNo(asked: Asked | string): Promise<void> {
    void asked
    return later()
  }

  /** All grants, newest first, with their true state. Works while locked, once signed in. */
  running(): Promise<readonly Given[]> {
    return later()
  }

  /** Stops a grant: a Given or Grant, its id, or the question that it answered. While the vault is locked the sign-in
   * is enough: then the answer is null, and the next visit signs. */
  stops(grant: Given | Grant | Asked | string): Promise<Stopped | null> {
    void grant
    return later()
  }

  /** Closes everything, or one grant, until it is opened again. Nobody is told. Works while locked. Answers its id. */
  pauses(grant?: Given | string): Promise<string> {
    void grant
    return later()
  }

  /** The pauses that are on now. */
  paused(): Promise<readonly Pause[]> {
    return later()
  }

  /** Opens a pause; the vault must be open. */
  opensAgain(pause: Pause): Promise<void> {
    void pause
    return later()
  }

  // -- leaving -----------------------------------------------------------------------------------------------

  /** Everything in one file; `readable` adds opened copies. Called again after Unavailable it goes on. */
  exports(readable?: boolean, progress?: Progress): Promise<Blob> {
    void [readable, progress]
    return later()
  }

  /** Brings an export into the empty vault of who signs in; `code` opens the export. */
  imports(file: File, code: string, progress?: Progress): Promise<void> {
    void [file, code, progress]
    return later()
  }

  /** Asks both servers to erase all. Answers when: it waits 72 hours after a sign-in without a passkey. */
  erasesEverything(): Promise<{ readonly ids: readonly [string, string]; readonly due: number }> {
    return later()
  }

  /** When everything will be erased, or null. */
  erasure(): Promise<{ readonly ids: readonly [string, string]; readonly due: number } | null> {
    return later()
  }

  /** Takes back an erasure that still waits. */
  keepsEverything(ids: readonly [string, string]): Promise<void> {
    void ids
    return later()
  }

  // -- what happened -----------------------------------------------------------------------------------------

  /** Who looked, tried to, or brought something: newest first, every line checked on this device. */
  whoLooked(): Promise<Log> {
    return later()
  }

  /** All lines about this vault, her own statements among them, newest first. */
  history(): Promise<Log> {
    return later()
  }

  /** Lines by which somebody else's key was tied to this vault. Anything here is an alarm: red screen. */
  strangers(): Promise<readonly Line[]> {
    return later()
  }

  /** Her consent receipts, newest first, each checked. */
  receipts(): Promise<readonly Receipt[]> {
    return later()
  }
}
