// SPDX-License-Identifier: EUPL-1.2
// A person's drawers: making them, putting records in, reading them back. Each write ends with a signed head: the
// drawer's history as this device knows it. Reading replays the history that the vault tells, compares it with the
// newest signed head, and opens only what stands in it. Mirrors kluisje/drawers.py; formats.md sections 3 and 4.
import type { AttachmentEntry } from '../formats/attachment.ts'
import { type Body, type Record, signRecord } from '../formats/authorship.ts'
import { depositPlace } from '../formats/deposit.ts'
import { type EpochKeys, type Keyring, newEpoch, withDrawer } from '../formats/keyring.ts'
import { recordPlace } from '../formats/record.ts'
import { openRecord, sealRecord } from '../formats/sealing.ts'
import { FormatError, H, b64u, newId, refuse } from '../formats/spelling.ts'
import { Sending, type Text, fetchFile, textOf } from './attachments.ts'
import type { Chain } from './chain.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import { NotProven, Refused } from './errors.ts'
import { type Change, type History, after, newest, replay } from './history.ts'
import { now } from './http.ts'
import type { PersonKeys } from './keyring.ts'
import { Queue } from './queue.ts'
import type { Progress } from './shapes.ts'

const TRIES = 4

/** What a record is made of. */
export interface Keeping {
  readonly body: Body
  readonly schema?: string | undefined
  readonly files?: readonly Blob[] | undefined
  readonly insteadOf?: Record
  readonly progress?: Progress | undefined
}

/** The drawers of one opened vault. A drawer is named by its category (`school`) or its id. */
export class Drawers {
  readonly #device: Device
  readonly #keys: PersonKeys
  readonly #chain: Chain
  readonly #directory: Directory
  readonly #known = new Map<string, History>()
  readonly #queue = new Queue() // one keyring at a time
  readonly #sending: Sending

  constructor(device: Device, keys: PersonKeys, chain: Chain, directory: Directory) {
    this.#device = device
    this.#keys = keys
    this.#chain = chain
    this.#directory = directory
    this.#sending = new Sending(device, keys)
  }

  // -- keys --------------------------------------------------------------------------------------------------

  /** The id of a drawer, or null when she has none of that name. */
  find(name: string): string | null {
    return this.#keys.drawers.find((drawer) => drawer.id === name || drawer.cat === name)?.id ?? null
  }

  /** id -> category of each drawer. */
  all(): ReadonlyMap<string, string> {
    return new Map(this.#keys.drawers.map((drawer) => [drawer.id, drawer.cat]))
  }

  /** The category of a drawer. */
  category(drw: string): string {
    return this.#keys.drawer(drw).cat
  }

  /** The id of a drawer, made now if she has none of that category. */
  async need(name: string): Promise<string> {
    if (this.find(name) === null) {
      const first = await newEpoch(newId(), 1)
      await this.store(() => (this.find(name) ? null : (keyring) => withDrawer(keyring, name, first)))
    }
    const drw = this.find(name) ?? refuse('drawer') // it was there, or is now, by this device or another one
    if (this.#chain.has(drw)) return drw
    const entered = await this.#chain.write(async (draft) => {
      // New, or left half-made: the keys are stored, their statement is not entered yet.
      if (!this.#chain.has(drw)) await draft.epoch(this.#keys.newest(drw), this.category(drw), 'new', [])
    })
    await this.#chain.tellVault(entered)
    return drw
  }

  /** Stores the next keyring, before any statement uses a key in it; answers whether it did. `make` says how it changes,
   * or null when there is nothing to store (any more); when another device stored one first, that is read and `make`
   * runs again. */
  store(make: () => ((keyring: Keyring) => Keyring) | null): Promise<boolean> {
    return this.#queue.run(async () => {
      for (let left = TRIES - 1; ; left--) {
        const change = make()
        if (!change) return false
        const { jwe, seq } = await this.#keys.next(change)
        try {
          await this.#device.vault('PUT', '/keyring', { json: { jwe } })
        } catch (error) {
          if (!(error instanceof Refused) || error.slug !== 'chain-moved' || !left) throw error
          await this.#chain.readKeyring()
          continue
        }
        if (this.#keys.seq < seq) await this.#keys.read(jwe)
        await this.#device.remember({ ring: seq })
        return true
      }
    })
  }

  // -- writing -----------------------------------------------------------------------------------------------

  /** Puts a record into a drawer (made if need be), or the next version of `insteadOf`, whose attachments stay. Refused
   * `version-exists` when another device wrote that version first. */
  async keep(name: string, given: Keeping): Promise<Record> {
    const before = given.insteadOf
    const sch = given.schema ?? before?.sch ?? (await this.#directory.schemaFor(given.body))
    const drw = await this.need(before?.drw ?? name)
    const ver = (before?.ver ?? 0) + 1, sending = await this.#whole(given.files ?? [])
    const rid = before?.rid ?? (await this.#newRecord(drw, sending))
    const att = [...(before?.att ?? []), ...(await this.#send(given, sending, { drw, rid, ver }))]
    // Signed only now: its time must lie within ten minutes of its arrival, and attachments take long.
    const { vlt } = this.#device
    const place = { iss: `vault:${vlt}`, vlt, drw, rid, ver, sch, prv: before?.sid ?? null }
    return this.#put(await signRecord(this.#keys.sig, { ...place, iat: now(), att, body: given.body }), drw)
  }

  async #whole(files: readonly Blob[]): Promise<Text[]> {
    const found: Text[] = []
    for (const file of files) found.push(await textOf(file))
    return found
  }

  /** The id of a new record: one that its files name, so that what broke off goes on under it. */
  async #newRecord(drw: string, files: readonly Text[]): Promise<string> {
    if (!files.length) return newId()
    const { used } = await this.history(drw, true)
    return this.#sending.record(drw, files, used)
  }

  async #send(given: Keeping, files: readonly Text[], at: { drw: string; rid: string; ver: number }): Promise<AttachmentEntry[]> {
    const found: AttachmentEntry[] = []
    const total = files.reduce((sum, { file }) => sum + file.size, 0)
    let before = 0
    for (const [n, text] of files.entries()) {
      // What is counted for her is her file, not its sealed text, which is a little longer.
      const { size } = text.file, told = given.progress
      const progress: Progress = (done, all) => told?.(before + Math.round((size * done) / all), total)
      found.push(await this.#sending.send(text, { ...at, n }, progress))
      before += size
    }
    return found
  }

  async #put(jws: string, drw: string): Promise<Record> {
    for (let left = TRIES - 1; ; left--) {
      const history = await this.history(drw)
      const jwe = await sealRecord(jws, this.#keys.newest(drw))
      const { rid, ver } = recordPlace(jwe), t = await H(jwe)
      let head: { n: number; h: string }
      try {
        const answer = await this.#device.vault('PUT', `/drawers/${drw}/records/${rid}/versions/${ver}`, { json: { jwe } })
        head = (await answer.json<{ head: { n: number; h: string } }>()).head
      } catch (error) {
        if (!(error instanceof Refused) || error.slug !== 'epoch-closed' || !left) throw error
        await this.#chain.load() // another device opened the next epoch: its keys come along
        continue
      }
      let found = await after(history, 'put', rid, ver, t)
      if (head.n !== found.n || head.h !== b64u(found.h)) {
        // Another device, or a source, wrote in between: read it again, and find our own record in it.
        found = await this.history(drw, true)
        if (found.live.get(rid)?.get(ver) !== t) throw new NotProven('history', 'the vault does not tell what was kept')
      }
      await this.signHead(drw, found)
      return this.#open(drw, jwe)
    }
  }

  /** Takes a record away: all versions, attachments and singles. Its id is never used again. */
  async drop(record: Record): Promise<void> {
    await this.#device.vault('DELETE', `/drawers/${record.drw}/records/${record.rid}`)
    const found = await this.history(record.drw, true)
    if (found.live.has(record.rid)) throw new NotProven('history', 'the vault still tells what was taken away')
    await this.signHead(record.drw, found)
  }

  /** Signs a drawer's history, once this device has seen that it is right. */
  async signHead(drw: string, history: History): Promise<void> {
    this.#known.set(drw, history)
    const entered = await this.#chain.write(async (draft) => {
      const signed = this.#chain.head(drw) // another device may have signed for this and more
      if (history.n > 0 && (!signed || signed.n < history.n)) await draft.head(drw, history.n, history.h)
    })
    await this.#chain.tellVault(entered)
  }

  // -- reading -----------------------------------------------------------------------------------------------

  /** The drawer's history, replayed and compared with the newest signed head. NotProven when it is not the one she
   * signed. */
  async history(drw: string, fresh = false): Promise<History> {
    const known = this.#known.get(drw)
    if (known && !fresh) return known
    const changes = await this.#device.items<Change>('vault', `/drawers/${drw}/heads`)
    try {
      const found = await replay(changes.reverse(), this.#chain.head(drw))
      this.#known.set(drw, found)
      return found
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new NotProven('history', "the drawer's history is not the one that was signed")
    }
  }

  /** The records of a drawer, newest version of each, newest first. NotProven when one does not open, is not in the
   * history, or is missing from the list. */
  async read(name: string): Promise<readonly Record[]> {
    const drw = this.find(name)
    if (drw === null) return []
    for (let left = TRIES - 1; ; left--) {
      const listed = await this.#device.items<{ jwe: string }>('vault', `/drawers/${drw}/records`)
      const history = await this.history(drw, true)
      try {
        await this.#checkListed(listed, history)
        return await Promise.all(listed.map((one) => this.#open(drw, one.jwe)))
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        // No write in between that explains it.
        if (!left) throw new NotProven('record', 'the records are not those that were kept')
      }
    }
  }

  /** Each record listed stands in the history, at its highest version; each in the history is listed, or waits as a
   * deposit. */
  async #checkListed(listed: readonly { jwe: string }[], history: History): Promise<void> {
    const missing = new Set(history.live.keys())
    for (const { jwe } of listed) {
      const { rid, ver } = recordPlace(jwe)
      if (history.live.get(rid)?.get(ver) !== (await H(jwe)) || newest(history, rid) !== ver) refuse('head')
      missing.delete(rid)
    }
    if (!missing.size) return
    for (const one of await this.#device.items<{ jwe: string }>('vault', '/deposits')) {
      missing.delete(depositPlace(one.jwe).rid)
    }
    if (missing.size) refuse('head')
  }

  /** An older version of a record. */
  async version(record: Record, ver: number): Promise<Record> {
    const answer = await this.#device.vault('GET', `/drawers/${record.drw}/records/${record.rid}/versions/${ver}`)
    const { jwe } = await answer.json<{ jwe: string }>()
    const history = await this.history(record.drw)
    if (history.live.get(record.rid)?.get(ver) !== (await H(jwe))) {
      throw new NotProven('history', 'this is not the version that was kept')
    }
    return this.#open(record.drw, jwe)
  }

  /** An attachment of a record, verified. */
  fetch(record: Record, entry: AttachmentEntry, progress?: Progress): Promise<Blob> {
    return fetchFile(this.#device, record, entry, progress)
  }

  #open(drw: string, jwe: string): Promise<Record> {
    const { ep, rid, ver } = recordPlace(jwe)
    const epoch: EpochKeys = this.#keys.epoch(drw, ep)
    const at = { vlt: this.#device.vlt, drw, rid, ver }
    return this.#directory.opened((author) => openRecord(jwe, epoch, author, at))
  }
}
