// SPDX-License-Identifier: EUPL-1.2
// Taking everything along: one file with all that vault and consent keep of a person, sealed as it lies there. Entries
// are fetched one by one, each compared with the hash that the vault's inventory names; what is there is not fetched
// again, so a broken export goes on at the next entry. When two inventories in a row say the same, it is one moment.
// Opened copies are added only if she asks. Mirrors kluisje/exporting.py; vault.md section 4.
import { b64u } from '../formats/spelling.ts'
import { FORMAT, digestOf, safeName, writeArchive } from './archive.ts'
import { PIECE } from './attachments.ts'
import type { Device } from './device.ts'
import type { Drawers } from './drawers.ts'
import { NotProven, Unavailable } from './errors.ts'
import { now } from './http.ts'
import type { Progress } from './shapes.ts'

const ROUNDS = 10 // inventories, while other devices keep writing
const PART = '([^/]+)'

interface Entry {
  readonly path: string
  readonly hash: string
  readonly length: number
}

/** Exports one vault. */
export class Exporting {
  readonly #device: Device
  readonly #fetched = new Map<string, { hash: string; blob: Blob }>()

  constructor(device: Device) {
    this.#device = device
  }

  /** The file. After Unavailable, calling again goes on. `drawers`: opened copies too; whoever has the file can read
   * those. `progress`: bytes fetched, of how many. */
  async write(drawers: Drawers | null, progress?: Progress): Promise<Blob> {
    const entries = await this.#oneMoment(progress)
    for (const [path, content] of await this.#fromConsent()) entries.set(path, content)
    if (drawers) for (const [path, content] of await opened(drawers)) entries.set(path, content)
    const about = { format: FORMAT, vlt: this.#device.vlt, origin: this.#device.origin, time: now() }
    entries.set('kluisje.json', lines([about]))
    return writeArchive(entries)
  }

  /** Fetches until the inventory is the same before and after. */
  async #oneMoment(progress?: Progress): Promise<Map<string, Blob>> {
    let before = ''
    for (let round = 0; round < ROUNDS; round++) {
      const listed = await this.#device.items<Entry>('vault', '/inventory', false)
      const same = JSON.stringify(listed)
      if (same === before) return new Map(listed.map((one) => [one.path, this.#fetched.get(one.path)!.blob]))
      before = same
      await this.#fetch(listed, progress)
    }
    throw new Unavailable('the vault keeps changing; export it when no other device is writing')
  }

  async #fetch(listed: readonly Entry[], progress?: Progress): Promise<void> {
    const total = listed.reduce((sum, one) => sum + one.length, 0)
    let done = 0
    for (const one of listed) {
      if (!safeName(one.path)) throw new NotProven('inventory', 'the vault names a file outside its place')
      if (this.#fetched.get(one.path)?.hash !== one.hash) {
        const blob = await this.#fetchOne(one.path)
        const hash = b64u(await digestOf(blob))
        this.#fetched.set(one.path, { hash, blob })
      }
      done += one.length
      progress?.(done, total)
    }
  }

  async #fetchOne(path: string): Promise<Blob> {
    const drawer = `vault/drawers/${PART}`
    const fetchers: readonly [string, (...found: string[]) => Promise<Blob>][] = [
      ['vault/keyring\\.jwe', () => this.#jwe('/keyring')],
      [`vault/slots/${PART}\\.json`, (slot) => this.#slot(slot)],
      [`vault/deposits/${PART}\\.jwe`, (rid) => this.#jwe(`/deposits/${rid}`)],
      [`${drawer}/heads\\.jsonl`, (drw) => this.#heads(drw)],
      [`${drawer}/epochs/(\\d+)\\.jws`, (drw, ep) => this.#epoch(drw, ep)],
      [`${drawer}/records/${PART}/(\\d+)\\.jwe`, (drw, rid, ver) => this.#jwe(`/drawers/${drw}/records/${rid}/versions/${ver}`)],
      [`${drawer}/attachments/${PART}/([^/.]+)\\.(\\d+)`, (drw, rid, att, k) => this.#piece(`/drawers/${drw}/records/${rid}/attachments/${att}`, Number(k))],
    ]
    for (const [shape, fetching] of fetchers) {
      const found = new RegExp(`^${shape}$`).exec(path)
      if (found) return fetching(...found.slice(1))
    }
    throw new NotProven('inventory', `the vault names a file of an unknown kind: ${path}`)
  }

  async #jwe(path: string): Promise<Blob> {
    return new Blob([(await (await this.#device.vault('GET', path)).json<{ jwe: string }>()).jwe])
  }

  async #slot(id: string): Promise<Blob> {
    const told = await (await this.#device.vault('GET', `/slots/${id}`)).json<{ [name: string]: unknown }>()
    return new Blob([JSON.stringify({ id: told.id, type: told.type, kdf: told.kdf, jwe: told.jwe })])
  }

  async #heads(drw: string): Promise<Blob> {
    const changes = await this.#device.items<{ [name: string]: unknown }>('vault', `/drawers/${drw}/heads`)
    return lines(changes.reverse().map(({ n, op, rid, ver, t }) => ({ n, op, rid, ver, t })))
  }

  async #epoch(drw: string, ep: string): Promise<Blob> {
    const told = await this.#device.items<{ epoch: number; statement: string }>('vault', `/drawers/${drw}/epochs`)
    const found = told.find((one) => one.epoch === Number(ep))
    if (!found) throw new NotProven('inventory', 'an epoch that is listed is not there')
    return new Blob([found.statement])
  }

  async #piece(path: string, k: number): Promise<Blob> {
    const headers = { Accept: 'application/octet-stream', Range: `bytes=${k * PIECE}-${(k + 1) * PIECE - 1}` }
    return new Blob([await (await this.#device.vault('GET', path, { headers })).bytes()])
  }

  /** Statements and lines oldest first, consent receipts, and the newest checkpoint of each log. */
  async #fromConsent(): Promise<[string, Blob][]> {
    type Told = { readonly [name: string]: unknown }
    const statements = await this.#device.items<Told>('consent', '/statements')
    const told = await this.#device.items<Told>('consent', '/lines')
    const receipts = await this.#device.items<{ id: string; receipt: string }>('consent', '/receipts')
    const before = await this.#device.items<Told & { origin: string; n: number }>('consent', '/earlier-lines')
    before.sort((a, b) => (a.origin === b.origin ? a.n - b.n : a.origin < b.origin ? -1 : 1))
    const notes = Object.entries(this.#device.known.checkpoints)
    return [
      ['consent/statements.jsonl', lines(statements.reverse().map(({ statement, receipt }) => ({ statement, receipt })))],
      ['consent/lines.jsonl', lines(told.reverse())],
      ...(before.length ? [['consent/earlier.jsonl', lines(before)] as [string, Blob]] : []),
      ...receipts.map(({ id, receipt }): [string, Blob] => [`consent/receipts/${id}.jwt`, new Blob([receipt])]),
      ...notes.map(([name, note]): [string, Blob] => [`consent/checkpoints/${name.replace(/[/:]/g, '-')}`, new Blob([note])]),
    ]
  }
}

/** Opened copies: a JSON file for each record, and its attachments beside it. */
async function opened(drawers: Drawers): Promise<[string, Blob][]> {
  const found: [string, Blob][] = []
  for (const [drw, category] of drawers.all()) {
    const place = `readable/${category.toLowerCase().replace(/[^a-z0-9-]+/g, '-').slice(0, 40)}-${drw.slice(0, 8)}`
    for (const record of await drawers.read(drw)) {
      const about = { author: record.iss, schema: record.sch, version: record.ver, written: record.iat }
      const shown = { ...about, attachments: record.att.map((entry) => entry.id), body: record.body }
      found.push([`${place}/${record.rid}.json`, new Blob([JSON.stringify(shown, null, 1)])])
      for (const entry of record.att) {
        found.push([`${place}/${record.rid}-${entry.id}`, await drawers.fetch(record, entry)])
      }
    }
  }
  return found
}

function lines(objects: readonly object[]): Blob {
  return new Blob(objects.map((one) => `${JSON.stringify(one)}\n`))
}
