// SPDX-License-Identifier: EUPL-1.2
// Bringing a paper to somebody's drawer: what the drawer's key rests on is checked, the paper is sealed to it on this page,
// and from then on nobody here opens it. What leaves is kept on this device until it is in, so that the very same bytes go
// on when the page was closed. Mirrors kluisje/source.py and, for going on, kluisje/bringing.py; formats.md "Deposit".
import { sealAttachment } from '../formats/attachment.ts'
import { type Body, ARRIVAL, signRecord } from '../formats/authorship.ts'
import { type Logged, verifyLook } from '../formats/event.ts'
import { readGrant, whyNot } from '../formats/grant.ts'
import { sealDeposit } from '../formats/sealing.ts'
import { type Claims, newId, refuse } from '../formats/spelling.ts'
import { EPOCH, type StatementOf, verifyOwnCard, verifyStatement } from '../formats/statement.ts'
import { piecesOf, sendPieces } from '../device/attachments.ts'
import { NotProven, Refused } from '../device/errors.ts'
import { now } from '../device/http.ts'
import type { Pins } from '../device/proofs.ts'
import type { Progress } from '../device/shapes.ts'
import type { Brought, Storage } from '../device/storage.ts'
import { toldEvidence } from './accounting.ts'
import { only } from './opening.ts'
import { OfSeat, type Seat } from './seat.ts'
import { ask, get, send } from './server.ts'
import type { Granted, Receipt, Underway } from './shapes.ts'

const SAME = ARRIVAL - 120 // seconds after signing in which the same bytes still arrive in time
const SETTLED = ARRIVAL + 60 // from here on a try is settled: all of it is there, or none of it is

interface ToldEpoch {
  readonly card: string
  readonly grant: string
  readonly epoch: string
  readonly event: string
  readonly nonce: string
  readonly proof: string
}

interface ToldDeposit {
  readonly look: unknown
  readonly uploads: readonly { readonly upload: string; readonly attachment: string; readonly wanted: readonly number[] }[]
}

/** What is brought: a record of a type, and files as they are. `rid`: of an earlier try that may be in after all. */
export interface Paper {
  readonly drawer: string
  readonly kind: string
  readonly body: Body
  readonly files: readonly File[]
  readonly rid: string | null
}

/** Putting papers into drawers that were opened for that. It never reads. */
export class Depositing extends OfSeat {
  readonly #storage: Storage

  constructor(seat: Seat, storage: Storage) {
    super(seat)
    this.#storage = storage
  }

  /** Whether this member signed in for bringing to this drawer; false: that is to be done first. */
  async ready(grant: Granted, drawer: string): Promise<boolean> {
    try {
      await get(`/grants/${grant.id}/drawers/${drawer}/epoch`)
      return true
    } catch (error) {
      if (error instanceof Refused && error.slug === 'insufficient-scope') return false
      throw error
    }
  }

  /** Seals a paper and brings it; its receipt. NotProven when the drawer's key is not the person's, or past its time. */
  async brings(grant: Granted, paper: Paper, progress?: Progress): Promise<Receipt> {
    const sealed = await this.#seals(grant.id, paper)
    return this.#sends(sealed, paper.rid !== null, progress)
  }

  /** Papers for this grant that are not in yet: each goes on with the same bytes, has to be settled first, or is late. */
  async underway(grant: Granted): Promise<readonly Underway[]> {
    const at = now()
    const own = (await this.#storage.bringing()).filter((one) => one.party === this.party && one.grant === grant.id)
    return own.map((one) => ({ ...one, state: at < one.at + SAME ? 'on' : at < one.at + SETTLED ? 'wait' : 'late' }))
  }

  /** Goes on where an earlier page stopped. */
  async goesOn(one: Underway, progress?: Progress): Promise<Receipt> {
    return this.#sends(one, true, progress)
  }

  /** Gives one up. What was not in whole is let go of by the vault. */
  async forgets(one: Underway): Promise<void> {
    await this.#storage.brought(one.rid)
  }

  async #seals(grant: string, { drawer, kind, body, files, rid: earlier }: Paper): Promise<Brought> {
    const { team } = this.unlocked
    const key = await team.signing(await this.directory.team(this.party))
    const told = await get<ToldEpoch>(`/grants/${grant}/drawers/${drawer}/epoch`)
    const at = now()
    const { vlt, claims } = await drawerKey(told, { pins: this.pins, party: team.party, kid: key.jwk.kid, grant, drawer, now: at })
    const rid = earlier ?? newId()
    const sealed = []
    for (const file of files) sealed.push(await sealAttachment(piecesOf(file), { vlt, drw: drawer, rid }))
    const jws = await signRecord(key, { iss: team.party, vlt, drw: drawer, rid, ver: 1, sch: kind, prv: null, iat: at, att: sealed.map(({ entry }) => entry), body })
    const jwe = await sealDeposit(jws, claims.box)
    return { party: team.party, grant, drawer, rid, epoch: claims.ep, at, kind, jwe, files: sealed.map(({ entry, blob }) => ({ id: entry.id, h: entry.h, blob })) }
  }

  /** Sends what is sealed. `again`: it may be in by an earlier try, which an id that is taken then says. */
  async #sends(one: Brought, again: boolean, progress?: Progress): Promise<Receipt> {
    await this.#storage.brings(one)
    const path = `/grants/${one.grant}/drawers/${one.drawer}/deposits`
    const total = one.files.reduce((sum, { blob }) => sum + blob.size, 0)
    let look: unknown
    try {
      const attachments = one.files.map(({ id, h, blob }) => ({ id, length: blob.size, hash: h }))
      const told = await send<ToldDeposit>('POST', path, { jwe: one.jwe, epoch: one.epoch, attachments })
      look = told.look
      let before = 0
      for (const { id, blob } of one.files) {
        const upload = told.uploads.find((each) => each.attachment === id)
        if (upload) {
          const to = `${path}/uploads/${upload.upload}`
          const far = before
          await sendPieces(blob, upload.wanted, async (k, content) => void (await ask('PUT', `${to}/pieces/${String(k)}`, { content })), (done) => progress?.(far + done, total))
          await ask('POST', `${to}/completions`)
        }
        before += blob.size
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (!again || error.slug !== 'version-exists') {
        await this.#storage.brought(one.rid) // the same bytes would be refused again
        throw error
      }
      look = await this.#lookOf(one)
    }
    const receipt = await this.#checked(look, one)
    await this.#storage.brought(one.rid)
    return receipt
  }

  /** The receipt of an earlier try, from the evidence of its grant. */
  async #lookOf(one: Brought): Promise<unknown> {
    for (const page of await toldEvidence(one.grant)) {
      for (const item of page.items) {
        try {
          await this.#checked(item, one)
          return item
        } catch (error) {
          if (!(error instanceof NotProven)) throw error // another line of this grant
        }
      }
    }
    throw new NotProven('receipt', 'the log has no line of this paper')
  }

  /** The log entry of just this paper. NotProven when it is another one, or not in the log. */
  async #checked(look: unknown, one: Brought): Promise<Receipt> {
    const found = await only('receipt', 'the receipt of this paper does not check', async (): Promise<Logged> => {
      const logged = await verifyLook(look, this.pins.log, false)
      const { t, claims } = logged.event
      const [place, ...more] = claims.drw as readonly Claims[]
      const rids = place?.rid as readonly string[] | undefined
      const own = t === 'deposit' && claims.by === one.party && claims.gnt === one.grant && place?.id === one.drawer && rids?.[0] === one.rid
      return own && more.length === 0 ? logged : refuse('event')
    })
    const file = new Blob([JSON.stringify({ format: 1, grant: one.grant, record: one.rid, look }, null, 1)], { type: 'application/json' })
    return { at: found.event.at, index: found.index, kind: one.kind, file }
  }
}

interface At {
  readonly pins: Pins
  readonly party: string
  /** Thumbprint of the team's signing key: what a grant to bring names. */
  readonly kid: string
  readonly grant: string
  readonly drawer: string
  readonly now: number
}

/** The drawer's newest key as the person signed it: her card, the grant, the epoch, its time and its place in the log.
 * NotProven with the reason. */
export async function drawerKey(told: ToldEpoch, at: At): Promise<StatementOf<typeof EPOCH>> {
  const { card, grant, epoch } = await only('forged', 'card, grant or drawer key do not check', async () => {
    const own = await verifyOwnCard(told.card)
    const given = await readGrant(told.grant)
    const signed = await verifyStatement(told.epoch, own.claims.sig)
    if (signed.typ !== EPOCH || signed.vlt !== own.vlt || signed.claims.drw !== at.drawer || given.jti !== at.grant) return refuse('epoch')
    return { card: own, grant: given, epoch: signed }
  })
  await only('no-proof', 'the drawer’s key is not in the log', async () => {
    const { event } = await verifyLook({ event: told.event, nonce: told.nonce, proof: told.proof }, at.pins.log, true)
    if (event.t !== 'statement' || event.claims.sid !== epoch.sid || event.vlt !== card.vlt) refuse('event')
  })
  if (at.now >= epoch.claims.exp) throw new Refused('epoch-over', 'The drawer’s key is past its time: the person has to visit first.')
  const reason = await whyNot(grant.token, {
    cardSig: card.claims.sig,
    vlt: card.vlt,
    reader: at.party,
    keyJkt: null,
    partyKeys: new Set([at.kid]),
    act: 'deposit',
    drawers: [at.drawer],
    now: at.now,
    revoked: new Set(),
    assentsMissing: false,
  })
  if (reason !== null) throw new NotProven(reason, 'the grant does not allow this')
  return epoch
}
