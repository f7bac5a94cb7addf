// SPDX-License-Identifier: EUPL-1.2
// Who is in the team, and its key: the administrator lists and removes, a keeper compares words, lets in and renews the key.
import { resealEnvelope } from '../formats/sealing.ts'
import { Refused } from '../device/errors.ts'
import type { Progress } from '../device/shapes.ts'
import { OfSeat } from './seat.ts'
import { type ToldEnvelope, ask, items } from './server.ts'
import type { Colleague, TeamKeyState } from './shapes.ts'
import type { Team } from './teaming.ts'

/** The team as its members and its administrator work on it. */
export class Administering extends OfSeat {
  /** Everybody with keys here: members, and who asks to be let in. */
  async colleagues(): Promise<readonly Colleague[]> {
    const { team } = this.unlocked
    await this.comesUp()
    const found = await team.colleagues()
    return found.map(({ sub, name, role, copy }) => ({ sub, name, role, ready: copy !== null && team.madeFor(copy), mine: sub === team.sub }))
  }

  /** Four words of a colleague, as this page sees the keys. */
  async wordsOf(sub: string): Promise<string> {
    const { team } = this.unlocked
    const found = (await team.colleagues()).find((one) => one.sub === sub)
    if (!found) throw new Refused('not-found', 'There is no such colleague.', 404)
    return team.words(found)
  }

  /** The administrator lists somebody (or another role); the keys are those of the card. */
  async lists(sub: string, role: 'keeper' | 'member'): Promise<void> {
    const { team } = this.unlocked
    const found = (await team.colleagues()).find((one) => one.sub === sub)
    if (!found) throw new Refused('not-found', 'There is no such colleague.', 404)
    const others = (team.newest?.members ?? []).filter((one) => one.sub !== sub)
    await team.enters([...others, { sub, sig: found.sig, enc: found.enc, role }])
  }

  /** The administrator takes somebody out: refused from the next call on. */
  async removes(sub: string): Promise<void> {
    const { team } = this.unlocked
    await team.enters((team.newest?.members ?? []).filter((one) => one.sub !== sub))
  }

  /** A keeper lets a listed member in: hands the team's key over. */
  async letsIn(sub: string): Promise<void> {
    const { team } = this.unlocked
    const found = team.newest?.members.find((one) => one.sub === sub)
    if (!found) throw new Refused('not-listed', 'The administrator has to list this colleague first.')
    await team.handsOut([found])
  }

  /** How the team's key stands. */
  async teamKey(): Promise<TeamKeyState> {
    const { team } = this.unlocked
    const state = (team.newest?.jkt ?? null) === null ? 'none' : !team.ready ? 'waits' : team.rotationDue ? 'due' : 'ready'
    const old = team.ready ? (await items<ToldEnvelope>('/envelopes')).filter((one) => one.kid !== team.newest?.jkt).length : 0
    return { state, untold: team.untold, envelopesToSeal: old }
  }

  /** A keeper makes a new key for the team; its public halves go to the directory as this file. */
  async makesTeamKey(): Promise<Blob> {
    const made = await this.unlocked.team.makesKey()
    return new Blob([JSON.stringify({ party: this.party, ...made }, null, 1)], { type: 'application/json' })
  }

  /** The administrator names the key that the directory states now as the team's. */
  async namesTeamKey(): Promise<void> {
    const { team } = this.unlocked
    const stated = await this.directory.team(this.party)
    await team.enters(team.newest?.members ?? [], stated.enc.kid)
  }

  /** A keeper hands the newest key to all who have none, and seals again what lies under an older one. */
  async finishesTeamKey(progress?: Progress): Promise<void> {
    const { team } = this.unlocked
    const stated = await this.directory.team(this.party)
    await team.opensAhead(stated.enc.kid)
    await this.comesUp()
    const without = (await team.colleagues()).filter((one) => !(one.copy !== null && team.madeFor(one.copy))).map((one) => one.sub)
    const to = (team.newest?.members ?? []).filter((one) => without.includes(one.sub))
    if (to.length > 0) await team.handsOut(to)
    const old = (await items<ToldEnvelope>('/envelopes')).filter((one) => one.kid !== team.newest?.jkt)
    for (const [done, one] of old.entries()) {
      await sealsAgain(team, one)
      progress?.(done + 1, old.length)
    }
  }
}

/** Seals a kept envelope anew, to the team's newest key. */
async function sealsAgain(team: Team, one: ToldEnvelope): Promise<void> {
  const jwe = await resealEnvelope(one.jwe, team.enc(one.kid), team.keepTo)
  await ask('PUT', `/grants/${one.grant}/envelopes/${one.drawer}/${String(one.epoch)}`, { json: { jwe } })
}
