// SPDX-License-Identifier: EUPL-1.2
// Filing what sources brought: a deposit becomes a record of her own drawer, in one step. This device opens it, checks
// who signed it, that it arrived when it says and that it is what its record type asks, and seals the same signed text
// under the drawer's own key. What does not check stays where it is. Mirrors kluisje/filing.py; formats.md section 3,
// "Filing" and "No backdating".
import { type Record, checkArrival } from '../formats/authorship.ts'
import { depositPlace } from '../formats/deposit.ts'
import type { Logged } from '../formats/event.ts'
import { openDeposit, sealRecord } from '../formats/sealing.ts'
import { type Claims, FormatError, refuse } from '../formats/spelling.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import type { Drawers } from './drawers.ts'
import { NotProven } from './errors.ts'
import { fits } from './fitting.ts'
import type { PersonKeys } from './keyring.ts'
import type { Filed } from './shapes.ts'

interface Told {
  readonly id: string
  readonly epoch: number
  readonly jwe: string
  readonly logIndex: number
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
    // By the very line that let it in: a source that lost the answer brings it again, and each try is a line.
    for (const { event, index } of lines) {
      if (event.t !== 'deposit') continue
      for (const one of event.claims.drw as Claims[]) {
        for (const rid of one.rid as string[]) arrived.set(`${rid} ${index}`, event.at)
      }
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
    const came = arrived.get(`${rid} ${deposit.logIndex}`) ?? refuse('arrival')
    await checkArrival(record, came, this.#directory.author)
    const type = (await this.#directory.schemas()).get(record.sch) // one of another catalogue cannot be looked at
    if (type && !fits(type.document, record.body)) refuse('body')
    const jwe = await sealRecord(record.token, epoch)
    await this.#device.vault('POST', `/deposits/${rid}/filings`, { json: { jwe } })
    return record
  }
}
