// SPDX-License-Identifier: EUPL-1.2
// Opening a grant for its purpose and reading what it opens: each look is proven before anything opens. Mirrors
// kluisje/organisation.py.
import type { AttachmentEntry } from '../formats/attachment.ts'
import { signImport } from '../formats/asTeam.ts'
import type { Record } from '../formats/authorship.ts'
import { type EpochKeys, type EpochSecrets, epochKeys } from '../formats/keyring.ts'
import { sealEnvelope } from '../formats/sealing.ts'
import { openWhole } from '../device/attachments.ts'
import { NotProven, Refused } from '../device/errors.ts'
import { now } from '../device/http.ts'
import type { Progress } from '../device/shapes.ts'
import { type Head, type Opener, type SealedAnswer, hashes, openAnswer, prove } from './opening.ts'
import { OfSeat } from './seat.ts'
import { type Opening, type ToldEnvelope, ask, get, items, send } from './server.ts'
import type { Granted, Looked, StopTested } from './shapes.ts'
import { isClosed } from './states.ts'

const LOOKED_FOR = 1_000 // milliseconds between two looks whether the other tab is done

/** Looking into grants. */
export class Reading extends OfSeat {
  readonly #heads = new Map<string, Head>()
  readonly #looks = new Set<string>()
  readonly #epochs = new Map<string, EpochKeys>()

  /** Forgets the drawer keys that were opened. */
  forgets(): void {
    this.#epochs.clear()
  }

  /** Begins to open a grant for its purpose: answers the address that a new tab goes to, to sign in for just this. */
  async begins(grant: Granted, reason: string | null): Promise<Opening> {
    return send<Opening>('POST', '/openings', { grant: grant.id, act: grant.act, purpose: grant.purposeUri, ...(reason === null ? {} : { reason }) })
  }

  /** Waits until the other tab is done. Refused `closed` when it was refused; `gone()` ends the waiting. */
  async waitsFor(opening: Opening, gone: () => boolean): Promise<boolean> {
    for (;;) {
      const { state } = await get<Opening>(`/openings/${opening.id}`)
      if (state === 'open') return true
      if (state === 'refused') throw new Refused('closed', 'This cannot be opened.', 403)
      if (gone()) return false
      await new Promise((resolve) => setTimeout(resolve, LOOKED_FOR))
    }
  }

  /** Reads what a grant opens, drawer by drawer. Each page is a look of its own, which the person sees; it is proven
   * before anything opens. NotProven when it does not check. */
  async looks(grant: Granted): Promise<readonly Looked[]> {
    const found: Looked[] = []
    for (const drawer of grant.drawers) found.push({ drawer, records: await this.#read(grant, drawer.id) })
    return found
  }

  async #read(grant: Granted, drawer: string): Promise<readonly Record[]> {
    const { team } = this.unlocked
    const found: Record[] = []
    const known = this.#heads.get(drawer) ?? null
    let query: { [name: string]: string } = known === null ? {} : { head: `${String(known.n)}.${known.h}` }
    for (;;) {
      const answer = await get<SealedAnswer>(`/grants/${grant.id}/drawers/${drawer}/records`, query)
      const asking = { pins: this.pins, reader: team.party, kids: team.kids, gnt: grant.id, drawer, known: this.#heads.get(drawer) ?? null, now: now() }
      const proven = await prove(answer, asking)
      const place = `${proven.look.origin} ${String(proven.look.index)}`
      if (this.#looks.has(place)) throw new NotProven('no-proof', 'this look was shown for another answer before')
      this.#looks.add(place)
      const kept = new Map<string, EpochSecrets>()
      const opener = await this.#opener(grant.id, kept)
      const opened = await openAnswer(answer, proven, opener)
      this.#heads.set(drawer, proven.head)
      found.push(...opened.records)
      if (opened.envelopes.length > 0) await this.#keeps(grant.id, proven.grant.vlt, opened.envelopes, [...kept.values()])
      if (answer.next === null) return found
      query = { ...query, pageCursor: answer.next }
    }
  }

  /** Stops a grant that is open and looks once more: how long until the door was shut. The grant is given back for good.
   * NotProven `still-open` when the next look is answered. */
  async testsStop(grant: Granted): Promise<StopTested> {
    const [drawer] = grant.drawers
    const path = `/grants/${grant.id}/drawers/${drawer?.id ?? ''}/records`
    await get(path) // it opens: so there is something to shut
    const from = performance.now()
    await ask('DELETE', `/grants/${grant.id}`)
    const stopped = performance.now() - from
    try {
      await get(path)
    } catch (error) {
      if (isClosed(error)) return { stopped, refused: performance.now() - from }
      throw error
    }
    throw new NotProven('still-open', 'a look was answered after the stop')
  }

  /** What opens for a grant: the team's keys, and drawer keys that the desk keeps from earlier. */
  async #opener(gnt: string, fresh: Map<string, EpochSecrets>): Promise<Opener> {
    const { team } = this.unlocked
    const kept = await items<ToldEnvelope>(`/grants/${gnt}/envelopes`, false)
    const at = (drw: string, ep: number) => `${gnt} ${drw} ${String(ep)}`
    return {
      enc: (kid) => team.enc(kid),
      kept: (drw, ep) => kept.find((one) => one.drawer === drw && one.epoch === ep)?.jwe ?? null,
      held: (drw, ep) => this.#epochs.get(at(drw, ep)) ?? null,
      keep: async (secrets, isNew) => {
        const epoch = await epochKeys(secrets)
        this.#epochs.set(at(secrets.drw, secrets.ep), epoch)
        if (isNew) fresh.set(at(secrets.drw, secrets.ep), secrets)
        return epoch
      },
      learnVault: (party, sigAt) => this.directory.learnVault(party, sigAt),
      author: this.directory.author,
    }
  }

  /** Keeps new drawer keys at the desk, sealed to the team's newest key; then says so, and the vault deletes its own. */
  async #keeps(gnt: string, vlt: string, envelopes: readonly string[], secrets: readonly EpochSecrets[]): Promise<void> {
    const { team } = this.unlocked
    for (const one of secrets) {
      const jwe = await sealEnvelope(one, team.keepTo, vlt, gnt)
      await ask('PUT', `/grants/${gnt}/envelopes/${one.drw}/${String(one.ep)}`, { json: { jwe } })
    }
    const key = await team.signing(await this.directory.team(this.party))
    const confirmation = await signImport(key, { iss: team.party, vlt, gnt, env: await hashes(envelopes), iat: now() })
    await ask('POST', `/grants/${gnt}/imports`, { json: { confirmation } })
  }

  /** An attachment of a record that was opened, verified whole. A look too. */
  async fetches(grant: string, record: Record, entry: AttachmentEntry, progress?: Progress): Promise<Blob> {
    const path = `/grants/${grant}/drawers/${record.drw}/records/${record.rid}/attachments/${entry.id}`
    const answer = await ask('GET', path, { headers: { Accept: 'application/octet-stream' } })
    return openWhole(answer.pieces(), record, entry, progress)
  }
}
