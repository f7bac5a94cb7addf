// SPDX-License-Identifier: EUPL-1.2
// What a team answers for: "Waarom keek je?", what was done with data after an end, evidence; and whether the parts are well.
import { signClosing, signWhy } from '../formats/asTeam.ts'
import { peek } from '../formats/jose.ts'
import { now, seconds } from '../device/http.ts'
import { checkEvidence, toldEvidence } from './accounting.ts'
import type { Casework } from './casework.ts'
import { OfSeat, type Seat } from './seat.ts'
import { type ToldDuty, type ToldWhy, ask, get, items } from './server.ts'
import type { AskedWhy, Duty, Evidence } from './shapes.ts'

const DAY = 86_400

/** Answering for looks and ends. */
export class Answering extends OfSeat {
  readonly #cases: Casework

  constructor(seat: Seat, cases: Casework) {
    super(seat)
    this.#cases = cases
  }

  /** "Waarom keek je?", newest first; answered ones too. */
  async whys(): Promise<readonly AskedWhy[]> {
    return (await items<ToldWhy>('/questions')).map((one) => ({
      id: one.id,
      vlt: one.vlt,
      grant: one.grant,
      entry: one.entry,
      employee: one.employee,
      action: one.action,
      looked: seconds(one.lookedAt),
      text: one.text,
      due: seconds(one.due),
      answered: one.state === 'answered',
    }))
  }

  /** Answers in the team's name, signed. */
  async explains({ id, vlt, entry, employee }: AskedWhy, text: string): Promise<void> {
    const { team } = this.unlocked
    const key = await team.signing(await this.directory.team(this.party))
    const answer = await signWhy(key, { iss: team.party, vlt, ask: id, entry, text, emp: employee, iat: now() })
    await ask('POST', `/questions/${id}/answers`, { json: { answer } })
  }

  /** Ends to answer for, newest first. */
  async duties(): Promise<readonly Duty[]> {
    const [told, cases, grants] = await Promise.all([items<ToldDuty>('/duties'), this.#cases.cases(), this.#cases.grants()])
    return told.map((one) => {
      const found = grants.find((each) => each.id === one.grant) ?? null
      const asked = seconds(one.askedAt)
      const days = found?.purpose?.answerBy
      return {
        grant: one.grant,
        asked,
        due: days === undefined ? null : asked + days * DAY,
        closed: one.closedAt === null ? null : seconds(one.closedAt),
        granted: found,
        case: cases.find((each) => each.grants.some((grant) => grant.id === one.grant)) ?? null,
      }
    })
  }

  /** Says what was done with the data of an ended grant: erased, or kept until then (seconds) under an article. */
  async closes(grant: string, kept: { readonly until: number; readonly article: string } | null): Promise<void> {
    const { team } = this.unlocked
    const stated = await this.directory.team(this.party)
    const key = await team.signing(stated)
    const told = await toldEvidence(grant)
    await checkEvidence(told, grant, team.party, stated.sig, this.pins)
    const vlt = String(peek(told[0]!.grant).claims.iss).slice('vault:'.length)
    const closing = await signClosing(key, { iss: team.party, vlt, gnt: grant, until: kept?.until ?? null, art: kept?.article ?? null, iat: now() })
    await ask('POST', `/grants/${grant}/closings`, { json: { closing } })
  }

  /** What can be shown of a grant, checked; without any value. */
  async evidence(grant: string): Promise<Evidence> {
    const { sig } = await this.directory.team(this.party)
    return checkEvidence(await toldEvidence(grant), grant, this.party, sig, this.pins)
  }

  /** Milliseconds that the desk's server and the gateway behind it take, and the age of the newest checkpoint. */
  async health(): Promise<{ readonly desk: number; readonly gateway: number; readonly waits: number; readonly late: number }> {
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const from = performance.now()
      await work()
      return performance.now() - from
    }
    const desk = await timed(() => get('/session'))
    const gateway = await timed(() => get('/grants', { pageSize: 1 }))
    const [whys, duties] = await Promise.all([this.whys(), this.duties()])
    const open = [...whys.filter((one) => !one.answered).map((one) => one.due), ...duties.filter((one) => one.closed === null).map((one) => one.due ?? Infinity)]
    return { desk, gateway, waits: open.length, late: open.filter((due) => due < now()).length }
  }
}
