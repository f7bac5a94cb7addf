// SPDX-License-Identifier: EUPL-1.2
// Filing what sources brought: a deposit becomes a record of her own drawer, in one step. This device opens it, checks
// who signed it and that it arrived when it says, and seals the same signed text under the drawer's own key. What does
// not check stays where it is. Mirrors kluisje/filing.py; formats.md section 3, "Filing" and "No backdating".
import { type Record, checkArrival } from '../formats/authorship.ts'
import { depositPlace } from '../formats/deposit.ts'
import type { Logged } from '../formats/event.ts'
import { openDeposit, sealRecord } from '../formats/sealing.ts'
import { type Claims, FormatError, refuse } from '../formats/spelling.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import type { Drawers } from './drawers.ts'
import { NotProven } from './errors.ts'
import type { PersonKeys } from './keyring.ts'
import type { Filed } from './shapes.ts'

interface Told {
  readonly id: string
  readonly epoch: number
  readonly jwe: string
}

/** Files the deposits of one opened vault. */
export class Filing {
  readonly #device: Device
  readonly #keys: PersonKeys
  readonly #drawers: Drawers
  readonly #directory: Directory

  constructor(device: Device, keys: PersonKeys, drawers: Drawers, directory: Directory) {
    this.#device = device
    this.#keys = keys
    this.#drawers = drawers
    this.#directory = directory
  }

  /** Files each deposit that checks against its line in the log. */
  async file(lines: readonly Logged[]): Promise<Filed> {
    const waiting = await this.#device.items<Told>('vault', '/deposits')
    if (!waiting.length) return { records: [], doubtful: [] }
    const arrived = new Map<string, number>()
    for (const { event } of lines) {
      if (event.t !== 'deposit') continue
      for (const one of event.claims.drw as Claims[]) for (const rid of one.rid as string[]) arrived.set(rid, event.at)
    }
    const records: Record[] = [], doubtful: string[] = []
    for (const one of waiting.reverse()) {
      try {
        records.push(await this.#file(one, arrived))
      } catch (error) {
        if (!(error instanceof FormatError || error instanceof NotProven)) throw error
        doubtful.push(one.id)
      }
    }
    for (const drw of new Set(records.map((record) => record.drw))) {
      await this.#drawers.signHead(drw, await this.#drawers.history(drw, true))
    }
    return { records, doubtful }
  }

  async #file(deposit: Told, arrived: ReadonlyMap<string, number>): Promise<Record> {
    const { drw, rid } = depositPlace(deposit.jwe)
    const epoch = this.#keys.epoch(drw, deposit.epoch), at = { vlt: this.#device.vlt, drw, rid }
    const record = await this.#directory.opened((author) => openDeposit(deposit.jwe, epoch, author, at))
    await checkArrival(record, arrived.get(rid) ?? refuse('arrival'), this.#directory.author)
    const jwe = await sealRecord(record.token, epoch)
    await this.#device.vault('POST', `/deposits/${rid}/filings`, { json: { jwe } })
    return record
  }
}
