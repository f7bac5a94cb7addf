// SPDX-License-Identifier: EUPL-1.2
// Who looked: the lines of a vault's log, each checked on this device: the entry behind each line, its place in the
// tree, the log's signature and its witnesses, the unbroken count, and that the log only grew since this device last saw
// it. Mirrors kluisje/watching.py; formats.md section 8.
import type { Checkpoint } from '../formats/checkpoint.ts'
import { type Event, type Logged, readEvent } from '../formats/event.ts'
import { readGrant } from '../formats/grant.ts'
import { PERSON } from '../formats/person.ts'
import { verifyClosing } from '../formats/receipt.ts'
import { verifyWhy } from '../formats/request.ts'
import { type Claims, FormatError, H, b64u, sid, unb64u } from '../formats/spelling.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import { NotProven } from './errors.ts'
import { now, seconds } from './http.ts'
import { type LoggedStatement, type Pins, type ToldLine, checkConsentReceipt, checkLines, checkStep, readPins, steps } from './proofs.ts'
import type { Before, Line, Log, Owed, Purpose, Receipt, Tick, Why } from './shapes.ts'

const SOON = 90 // seconds in which witnesses may still have to sign

/** A line before it is dressed for the screen. */
interface Read {
  readonly n: number
  readonly event: Event
  readonly entry: string
  readonly tick: Tick
}

/** The log about one vault. */
export class Watching {
  readonly #device: Device
  readonly #pins: Pins
  readonly #directory: Directory

  constructor(device: Device, pins: Pins, directory: Directory) {
    this.#device = device
    this.#pins = pins
    this.#directory = directory
  }

  /** All lines, newest first, as a screen shows them. Where the log does not fit, its lines are told all the same, each
   * as `wrong`, and `sound` is false. */
  async log(): Promise<Log> {
    const told = await this.#device.items<ToldLine>('consent', '/lines')
    let read: readonly Read[], sound = true
    try {
      read = (await this.#check(told)).map((one) => this.#proven(one))
    } catch (error) {
      if (!(error instanceof NotProven)) throw error
      sound = false
      read = (await Promise.all(told.map(unproven))).filter((one) => one !== null)
    }
    const names = await this.#grants()
    const lines = await Promise.all(read.map((one) => this.#dress(one, names)))
    return { lines: lines.sort((a, b) => b.n - a.n), sound }
  }

  /** The logs of where she was before, each with the pins of there (`known`); they lie here as she brought them along. */
  async before(known: readonly Claims[]): Promise<readonly Before[]> {
    const told = await this.#device.items<ToldLine & { origin: string }>('consent', '/earlier-lines')
    if (!told.length) return []
    const names = await this.#grants()
    const pins = new Map((await Promise.all(known.map(readPins))).map((one) => [one.origin, one]))
    return Promise.all(
      [...new Set(told.map((one) => one.origin))].map(async (origin) => {
        const host = new URL(origin).host, there = pins.get(origin)
        try {
          if (!there) return { host, lines: [], sound: false }
          const found = await checkLines(told.filter((one) => one.origin === origin), there, this.#device.vlt)
          const lines = await Promise.all(found.map((one) => this.#dress(this.#proven(one, there), names)))
          return { host, lines: lines.sort((a, b) => b.n - a.n), sound: true }
        } catch (error) {
          if (!(error instanceof FormatError)) throw error
          return { host, lines: [], sound: false }
        }
      }),
    )
  }

  /** The proven events, oldest first, for a visit. NotProven when one is missing or does not check. */
  async proven(): Promise<readonly Logged[]> {
    return this.#check(await this.#device.items<ToldLine>('consent', '/lines'))
  }

  /** Lines that say this vault belongs to a key which is not on its card: none, or somebody else signed in as her. */
  async strangers(): Promise<readonly Line[]> {
    const { person } = await (await this.#device.consent('GET', '')).json<{ person: string }>()
    const own = await sid(person)
    const found = (await this.proven()).filter(({ event: { claims } }) => claims.typ === PERSON && claims.sid !== own)
    return Promise.all(found.map((one) => this.#dress(this.#proven(one), new Map())))
  }

  /** Her consent receipts, newest first, each checked with consent's pinned key. */
  async receipts(): Promise<readonly Receipt[]> {
    const told = await this.#device.items<{ id: string; grant: string | null; receipt: string }>('consent', '/receipts')
    return Promise.all(
      told.map(async ({ id, grant, receipt }) => {
        try {
          const { iat, state, body } = await checkConsentReceipt(receipt, this.#pins, this.#device.vlt)
          return { id, at: iat, state, grant, jsonld: body }
        } catch (error) {
          if (!(error instanceof FormatError)) throw error
          throw new NotProven('receipt', 'a consent receipt does not check')
        }
      }),
    )
  }

  /** Asks why, about one of her lines; once per line. */
  async asks(line: number, text: string): Promise<Why> {
    const answer = await this.#device.consent('POST', `/lines/${line}/questions`, { json: { text } })
    return this.#why(await answer.json<ToldWhy>())
  }

  /** What she asked, newest first. NotProven when an answer is not the team's own. */
  async questions(): Promise<readonly Why[]> {
    return Promise.all((await this.#device.items<ToldWhy>('consent', '/questions')).map((one) => this.#why(one)))
  }

  async #why(told: ToldWhy): Promise<Why> {
    const { id, line, team, grant, state } = told
    let answer: string | null = null
    if (told.answer !== null && told.organisation !== null) {
      const { sig } = await this.#directory.learn(team, told.organisation)
      const said = await only('why', () => verifyWhy(told.answer!, sig))
      if (said.vlt !== this.#device.vlt || said.ask !== id || said.entry !== told.entry) throw new NotProven('why')
      answer = said.text
    }
    const teamName = await this.#directory.teamName(team)
    const times = { askedAt: seconds(told.askedAt), due: seconds(told.due) }
    return { id, line, team, teamName, grant, text: told.text, state, ...times, answer }
  }

  /** What teams owe her after an end, newest grant first. NotProven when a closing is not the team's own. */
  async owed(): Promise<readonly Owed[]> {
    const told = await this.#device.items<{ id: string; team: string; deletion: ToldDeletion | null }>('consent', '/grants')
    const found: Owed[] = []
    for (const { id, team, deletion } of told) {
      if (!deletion) continue
      const { closing, answer, overdue, article } = deletion
      if (closing !== null) {
        const { sig } = await this.#directory.team(team)
        const said = await only('closing', () => verifyClosing(closing, sig))
        if (said.vlt !== this.#device.vlt || said.gnt !== id || said.ans !== answer) throw new NotProven('closing')
      }
      const until = deletion.until === null ? null : seconds(deletion.until)
      const teamName = await this.#directory.teamName(team)
      found.push({ grant: id, team, teamName, due: seconds(deletion.due), overdue, answer, until, article })
    }
    return found
  }

  async #check(told: readonly ToldLine[]): Promise<readonly Logged[]> {
    const { known, vlt } = this.#device
    try {
      if (told.length < known.lines) throw new NotProven('log-changed', 'lines that this device has seen are missing')
      const found = await checkLines(told, this.#pins, vlt)
      const checkpoints = await this.#compare(found)
      await this.#device.remember({ lines: told.length, checkpoints: { ...known.checkpoints, ...checkpoints } })
      return found
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new NotProven('log-changed', 'the log does not check on this device')
    }
  }

  /** Compares what the lines stand under with what this device knew; answers the newest note of each log. */
  async #compare(found: readonly Logged[]): Promise<{ [origin: string]: string }> {
    const notes = new Map<string, Checkpoint>(found.map((one) => [one.checkpoint.note, one.checkpoint]))
    for (const note of Object.values(this.#device.known.checkpoints)) {
      notes.set(note, await this.#pins.log.checkpoint(note))
    }
    for (const [older, newer] of await steps([...notes.values()])) {
      const log = newer.origin.replaceAll('/', '~') // a slash would end the id
      const query = { from: older.size, to: newer.size }
      const answer = await this.#device.top('consent', 'GET', `/logs/${log}/consistency-proofs`, { query })
      const { items } = await answer.json<{ items: { hashes: string[] }[] }>()
      await checkStep(older, newer, items[0]?.hashes ?? [])
    }
    const newest: { [origin: string]: string } = {}
    for (const one of [...notes.values()].sort((a, b) => a.size - b.size)) newest[one.origin] = one.note
    return newest
  }

  #proven({ event, entry, checkpoint }: Logged, pins = this.#pins): Read {
    const witnessed = pins.log.isWitnessed(checkpoint)
    const tick: Tick = witnessed ? 'checked' : now() < event.at + SOON ? 'soon' : 'wrong'
    return { n: event.n ?? 0, event, entry: b64u(entry), tick }
  }

  async #dress({ n, event, entry, tick }: Read, grants: Grants): Promise<Line> {
    const { by, gnt, why, typ, drw } = event.claims
    const party = text(by), grant = text(gnt)
    const given = grant === null ? undefined : grants.get(grant)
    const ids = (Array.isArray(drw) ? (drw as Claims[]) : []).map((one) => String(one.id))
    const outcome = event.t as Line['outcome']
    return {
      n,
      at: event.at,
      outcome,
      by: party,
      byName: party === null || party.startsWith('vault:') ? null : await this.#directory.teamName(party),
      grant,
      purpose: given?.purpose ?? null,
      drawers: ids.map((id) => ({ id, category: given?.categories.get(id) ?? null })),
      why: text(why),
      of: text(typ),
      tick,
      entry,
      isLook: ['read', 'deposit', 'refused', 'recover'].includes(outcome),
    }
  }

  /** What her grants say of purposes and drawers, so that a line can name them. */
  async #grants(): Promise<Grants> {
    const told = await this.#device.items<{ id: string; statement: string }>('consent', '/grants')
    const purposes = await this.#directory.purposes()
    const read = async ({ id, statement }: { id: string; statement: string }): Promise<[string, Given]> => {
      const grant = await readGrant(statement)
      const categories = new Map(grant.drawers.map((one) => [one.id, one.cat]))
      return [id, { purpose: purposes.get(grant.purpose) ?? null, categories }]
    }
    return new Map(await Promise.all(told.map(read)))
  }
}

/** A question of hers as consent tells it. */
interface ToldWhy {
  readonly id: string
  readonly line: number
  readonly entry: string
  readonly team: string
  readonly grant: string
  readonly text: string
  readonly askedAt: string
  readonly due: string
  readonly state: Why['state']
  readonly answer: string | null
  readonly organisation: LoggedStatement | null
}

/** What is owed after an end, as consent tells it. */
interface ToldDeletion {
  readonly due: string
  readonly overdue: boolean
  readonly answer: Owed['answer']
  readonly until: string | null
  readonly article: string | null
  readonly closing: string | null
}

async function only<T>(reason: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FormatError) throw new NotProven(reason, 'it is not signed by the team that says so')
    throw error
  }
}

interface Given {
  readonly purpose: Purpose | null
  readonly categories: ReadonlyMap<string, string>
}
type Grants = ReadonlyMap<string, Given>

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** A line as it is told, nothing of it checked; null when nothing can be read in it. */
async function unproven(line: ToldLine): Promise<Read | null> {
  try {
    const data = unb64u(line.event)
    return { n: line.n, event: readEvent(data), entry: await H(data), tick: 'wrong' }
  } catch (error) {
    if (error instanceof FormatError) return null
    throw error
  }
}

