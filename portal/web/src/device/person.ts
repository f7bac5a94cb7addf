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
import { Refused } from './errors.ts'
import type { Exporting } from './exporting.ts'
import { Holder, type Making, type NewCode } from './holding.ts'
import { seconds } from './http.ts'
import { late } from './late.ts'
import type { Offering } from './requests.ts'
import { devices, pause, paused, running, stopUnsigned } from './running.ts'
import type {
  AgeBand,
  Asked,
  Before,
  Category,
  Choice,
  Filed,
  Given,
  KnownDevice,
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
  VaultSeen,
  Why,
} from './shapes.ts'
import { here } from './visiting.ts'

export * from './errors.ts'
export type * from './shapes.ts'
export { readSettings } from './visiting.ts'
export type { AttachmentEntry, Body, Grant, Making, NewCode, Offering, Record }

/** One person on one device. Signing in is `Visitor`'s, the keys are `Holder`'s; here is what a vault is for. */
export class Person extends Holder {
  #exporting: Exporting | null = null

  /** Reads what this device remembers. Raises Unavailable or Offline. */
  static async begin(settings: Settings): Promise<Person> {
    return new Person(await here(settings))
  }

  override locks(): void {
    this.#exporting = null
    super.locks()
  }

  // -- keeping -----------------------------------------------------------------------------------------------

  /** What her device does at each visit: files what sources brought, closes what ended, renews what runs out. */
  async visits(): Promise<Filed> {
    const { stopping, filing } = this.vault
    await stopping.tidy()
    return filing.file(await (await this.watch()).proven())
  }

  /** The kinds of drawers there can be, in the order of the catalogue. */
  categories(): Promise<readonly Category[]> {
    return this.directory.categories()
  }

  /** All record types, by URI. */
  schemas(): Promise<ReadonlyMap<string, Schema>> {
    return this.directory.schemas()
  }

  /** A purpose by its URI. */
  purpose(uri: string): Promise<Purpose> {
    return this.directory.purpose(uri)
  }

  /** Her drawers: id -> category. */
  get drawers(): ReadonlyMap<string, string> {
    return this.vault.drawers.all()
  }

  /** Puts a record in a drawer, by category (`school`) or id; the drawer is made if need be. `schema`: the record
   * type's URI, or the only one that these members fit. `progress` counts bytes of the files. */
  async keeps(drawer: string, body: Body, schema?: string, files?: readonly File[], progress?: Progress): Promise<Record> {
    return this.vault.drawers.keep(drawer, { body, schema, files, progress })
  }

  /** Writes the next version of an own record; its attachments stay, and these come to it. */
  async changes(record: Record, body: Body, files?: readonly File[], progress?: Progress): Promise<Record> {
    return this.vault.drawers.keep(record.drw, { body, files, insteadOf: record, progress })
  }

  /** Takes a record away, with all its versions and attachments. */
  async drops(record: Record): Promise<void> {
    await this.vault.drawers.drop(record)
  }

  /** The records of one of her drawers, opened, newest first. */
  async looksIn(drawer: string): Promise<readonly Record[]> {
    return this.vault.drawers.read(drawer)
  }

  /** An older version of a record. */
  async version(record: Record, ver: number): Promise<Record> {
    return this.vault.drawers.version(record, ver)
  }

  /** An attachment (one of `record.att`), verified whole. */
  async fetches(record: Record, entry: AttachmentEntry, progress?: Progress): Promise<Blob> {
    return this.vault.drawers.fetch(record, entry, progress)
  }

  /** Bytes and numbers kept. */
  async usage(): Promise<Usage> {
    return (await this.device.vault('GET', '/usage')).json<Usage>()
  }

  // -- asked and answered ------------------------------------------------------------------------------------

  /** A new code that lets one team ask her once, within seven days. */
  async shareCode(): Promise<string> {
    return (await (await this.device.consent('POST', '/share-codes')).json<{ code: string }>()).code
  }

  /** Questions that wait for her answer (`every`: those that are over too), newest first, signature and asker
   * checked. */
  async requests(every = false): Promise<readonly Asked[]> {
    return this.vault.requests.inbox(every)
  }

  /** One question by its id. */
  async request(id: string): Promise<Asked> {
    return this.vault.requests.find(id)
  }

  /** What a yes would show, item by item, with her real records: the consent screen, and "Kijk als…". */
  async shows(asked: Asked, choice: Choice = {}): Promise<readonly Seen[]> {
    return this.vault.requests.shows(asked, choice)
  }

  /** A yes: to all of it, or to less. A sensitive one asks for a touch of her passkey. Unfit when it would not answer
   * the question. */
  async allows(asked: Asked, choice: Choice = {}): Promise<Grant> {
    return this.vault.requests.allow(asked, choice, this.lang)
  }

  /** A counter-offer. Nothing is shared until the asker accepts it by asking again, and she says yes to that. */
  async offers(asked: Asked, offer: Offering): Promise<void> {
    await this.vault.requests.offer(asked, offer)
  }

  /** A no. The asker sees what it would see without any answer. */
  async saysNo(asked: Asked | string): Promise<void> {
    await this.vault.requests.refuse(typeof asked === 'string' ? asked : asked.id)
  }

  /** All grants, newest first, with their true state. Works while locked, once signed in. */
  running(): Promise<readonly Given[]> {
    return running(this.device, this.directory)
  }

  /** Stops a grant: a Given or Grant, its id, or the question that it answered. While the vault is locked the sign-in
   * is enough: then the answer is null, and the next visit signs. */
  async stops(grant: Given | Grant | Asked | string): Promise<Stopped | null> {
    const id = typeof grant === 'string' ? grant : 'jti' in grant ? grant.jti : grant.id
    const { opened } = this
    if (!opened) {
      await stopUnsigned(this.device, id)
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
    return pause(this.device, grant === undefined ? null : typeof grant === 'string' ? grant : grant.id)
  }

  /** The pauses that are on now. */
  paused(): Promise<readonly Pause[]> {
    return paused(this.device)
  }

  /** Opens a pause; the vault must be open. */
  async opensAgain({ id, grant }: Pause): Promise<void> {
    await this.vault.stopping.openAgain(grant === null ? `/pauses/${id}` : `/grants/${grant}/pauses/${id}`)
  }

  /** The devices that called in her name within a year, newest first. Works while locked. */
  devices(): Promise<readonly KnownDevice[]> {
    return devices(this.device)
  }

  /** Stops a device that was lost: its next call is refused. Works while locked. Answers whether the drawers have new keys
   * too; if not, the next visit makes them. */
  async stopsDevice(lost: KnownDevice): Promise<boolean> {
    await this.device.stopDevice(lost.id)
    return this.opened?.stopping.renewKeys() ?? false
  }

  // -- leaving -----------------------------------------------------------------------------------------------

  /** Everything in one file; `readable` adds opened copies. Called again after Unavailable it goes on. */
  async exports(readable = false, progress?: Progress): Promise<Blob> {
    const { drawers } = this.vault
    const { Exporting } = await late(() => import('./exporting.ts'))
    this.#exporting ??= new Exporting(this.device)
    return this.#exporting.write(readable ? drawers : null, progress)
  }

  /** Brings an export into the empty vault of who signs in; `code` opens the export. Then `opens(code)`. */
  async imports(file: File, code: string, progress?: Progress): Promise<void> {
    const { importFile } = await late(() => import('./importing.ts'))
    await importFile(this.device, file, code, progress)
  }

  /** Asks both servers to erase all, consent first. Both wait 72 hours after a fresh sign-in; Refused `step-up-needed`
   * when the sign-in is not of the last five minutes: sign in again first. Answers when. */
  async erasesEverything(): Promise<number> {
    await this.device.consent('POST', '/erasures', { json: {} })
    const { due } = await (await this.device.vault('POST', '/erasures', { json: {} })).json<{ due: string }>()
    return seconds(due)
  }

  /** Which age rules hold for her now: the screens have shorter texts for the youngest. */
  async ageBand(): Promise<AgeBand> {
    return (await (await this.device.consent('GET', '')).json<{ ageBand: AgeBand }>()).ageBand
  }

  /** When everything will be erased, or null. */
  async erasure(): Promise<number | null> {
    const { erasure } = await (await this.device.vault('GET', '')).json<VaultSeen>()
    return erasure && seconds(erasure.due)
  }

  /** Takes back an erasure that still waits. Wants a fresh sign-in too. */
  async keepsEverything(): Promise<void> {
    const { erasure } = await (await this.device.vault('GET', '')).json<VaultSeen>()
    if (erasure) await this.device.vault('DELETE', `/erasures/${erasure.id}`)
    const { erasureAt } = await (await this.device.consent('GET', '')).json<{ erasureAt: string | null }>()
    if (erasureAt === null) return
    // Asked again, consent answers with the one that waits.
    const { id } = await (await this.device.consent('POST', '/erasures', { json: {} })).json<{ id: string }>()
    await this.device.consent('DELETE', `/erasures/${id}`)
  }

  // -- what happened -----------------------------------------------------------------------------------------

  /** Who looked, tried to, or brought something: newest first, every line checked on this device. */
  async whoLooked(): Promise<Log> {
    const { lines, sound } = await (await this.watch()).log()
    return { lines: lines.filter((line) => line.isLook), sound }
  }

  /** All lines about this vault, her own statements among them, newest first. */
  async history(): Promise<Log> {
    return (await this.watch()).log()
  }

  /** The logs of where she was before she moved here, each checked on this device with the keys of there. */
  async before(): Promise<readonly Before[]> {
    return (await this.watch()).before(this.settings.before)
  }

  /** "Waarom keek je?" about one line of whoLooked(): the team has seven days. Once per line. */
  async asksWhy(line: Line | number, text: string): Promise<Why> {
    return (await this.watch()).asks(typeof line === 'number' ? line : line.n, text)
  }

  /** What she asked, newest first, with the teams' signed answers. */
  async askedWhy(): Promise<readonly Why[]> {
    return (await this.watch()).questions()
  }

  /** What teams owe her after a grant ended: erased, kept until when, or nothing said yet. */
  async owed(): Promise<readonly Owed[]> {
    return (await this.watch()).owed()
  }

  /** Lines by which somebody else's key was tied to this vault. Anything here is an alarm: red screen. */
  async strangers(): Promise<readonly Line[]> {
    return (await this.watch()).strangers()
  }

  /** Her consent receipts, newest first, each checked. */
  async receipts(): Promise<readonly Receipt[]> {
    return (await this.watch()).receipts()
  }
}
