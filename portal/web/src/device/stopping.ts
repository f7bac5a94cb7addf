// SPDX-License-Identifier: EUPL-1.2
// Stopping a grant in one tap, and what a visit tidies up afterwards.
//
//     1  the signed revoke goes to consent; from its receipt on every decision is no
//     2  the next epoch, with envelopes for those who stay
//     3  the vault deletes what was sealed for who leaves, and takes nothing into the old epoch any more
//
// Mirrors kluisje/stopping.py; consent.md section 6, formats.md section 4.
import type { Grant } from '../formats/grant.ts'
import { type EpochKeys, newEpoch, withEpoch, withoutBox } from '../formats/keyring.ts'
import { sealEnvelope } from '../formats/sealing.ts'
import { DAY, H, refuse } from '../formats/spelling.ts'
import type { Chain } from './chain.ts'
import { NotProven, Offline, Refused, Unavailable } from './errors.ts'
import { now } from './http.ts'
import { OfOpened } from './opened.ts'
import { devices } from './running.ts'
import type { Stopped } from './shapes.ts'

const RENEW = 60 * DAY // an epoch statement lives 120 days; it is renewed when half of that is over
const EMPTIED = DAY // a closed epoch takes no deposit, but one on its way may still become whole

/** Stops, and the tidying of a visit, for one opened vault. */
export class Stopping extends OfOpened {
  /** Ends a grant. Throws only when step 1 fails: what comes after never keeps a stop from counting. */
  async stop(grant: Grant): Promise<Stopped> {
    const [entered] = await this.chain.write(
      (draft) => draft.revoke(grant),
      async ({ tokens }) => {
        const json = { statement: tokens[0] }
        const answer = await this.device.consent('POST', `/grants/${grant.jti}/stops`, { json })
        return (await answer.json<{ receipts: string[] }>()).receipts
      },
    )
    const receipt = this.chain.receipts.get(entered?.sid ?? '') ?? refuse('receipt')
    try {
      await this.device.vault('DELETE', `/grants/${grant.jti}`)
      for (const drw of openedBy(grant)) {
        if (this.holders(drw).some((one) => one.jti === grant.jti)) await this.rotate(drw, new Set([grant.jti]))
      }
    } catch (error) {
      const later = [Unavailable, Offline, Refused, NotProven].some((kind) => error instanceof kind)
      if (!later) throw error
      return { receipt, rotated: false }
    }
    return { receipt, rotated: true }
  }

  /** Grants whose readers hold the keys of the drawer's newest epoch, whether they are still running or not. */
  holders(drw: string): Grant[] {
    const rotation = this.chain.rotation(drw), revoked = this.chain.revoked()
    return this.chain.grants().filter((grant) => {
      const drawer = grant.drawers.find((one) => one.id === drw)
      if (!drawer?.epochs.length) return false
      const revoke = revoked.get(grant.jti)
      const gone = revoke !== undefined && revoke.seq < rotation.seq
      const stayed = grant.seq < rotation.seq && !gone && rotation.link.iat < grant.exp
      return stayed || drawer.epochs.includes(rotation.claims.ep)
    })
  }

  /** Opens the next epoch of every drawer: whoever took keys from a lost device reads nothing that is kept from now on. False:
   * not yet, the next visit does it. */
  async renewKeys(): Promise<boolean> {
    try {
      for (const { id } of this.keys.drawers) await this.rotate(id, new Set())
      return true
    } catch (error) {
      if (!(error instanceof Unavailable || error instanceof Offline || error instanceof Refused || error instanceof NotProven)) throw error
      return false
    }
  }

  /** Opens the drawer's next epoch for all holders but the `ended` grants. */
  async rotate(drw: string, ended: ReadonlySet<string>): Promise<void> {
    const cat = this.drawers.category(drw)
    const fresh = await this.#nextEpoch(drw)
    const envelopes = await this.#envelopes(drw, fresh.ep, ended)
    const hashes = await Promise.all([...envelopes.values()].map(H))
    await this.chain.tellVault(await this.chain.write((draft) => draft.epoch(fresh, cat, 'rotate', hashes)))
    for (const [gnt, jwe] of envelopes) {
      await this.device.vault('PUT', `/grants/${gnt}/envelopes/${drw}/${fresh.ep}`, { json: { jwe } })
    }
  }

  async #nextEpoch(drw: string): Promise<EpochKeys> {
    for (;;) {
      const { ep } = this.keys.newest(drw)
      const fresh = await newEpoch(drw, ep + 1)
      await this.drawers.store(() => {
        // Stored earlier, its statement not entered yet: then it is used, whoever stored it.
        const newest = this.keys.newest(drw).ep
        if (newest > this.chain.epoch(drw).claims.ep) return null
        return newest === ep ? (keyring) => withEpoch(keyring, fresh) : null
      })
      if (this.keys.newest(drw).ep > this.chain.epoch(drw).claims.ep) return this.keys.newest(drw)
    }
  }

  /** Grant -> envelope, for those who stay. A reader whose key cannot be proven now gets none: it goes on reading what
   * it could, and the person can make the envelope later. */
  async #envelopes(drw: string, ep: number, ended: ReadonlySet<string>): Promise<Map<string, string>> {
    const found = new Map<string, string>(), revoked = this.chain.revoked()
    const staying = this.holders(drw).filter(
      (one) => !ended.has(one.jti) && !revoked.has(one.jti) && one.exp > now(),
    )
    if (!staying.length) return found
    const secrets = (await this.keys.secrets(drw)).find((one) => one.ep === ep) ?? refuse('epoch')
    for (const grant of staying) {
      try {
        const team = await this.directory.team(grant.aud)
        found.set(grant.jti, await sealEnvelope(secrets, team.enc, this.device.vlt, grant.jti))
      } catch (error) {
        if (!(error instanceof Refused || error instanceof NotProven)) throw error
      }
    }
    return found
  }

  // -- a visit -----------------------------------------------------------------------------------------------

  /** Tells the vault what it missed, closes epochs that ended grants or a stopped device still hold, renews epoch
   * statements, destroys the BOX of epochs that are closed and emptied. */
  async tidy(): Promise<void> {
    await this.#catchUp()
    const told = await this.device.items<{ id: string; state: string }>('consent', '/grants')
    const ended = new Set(told.filter((one) => one.state === 'ended').map((one) => one.id))
    await this.#revoke(ended)
    for (const jti of this.chain.revoked().keys()) ended.add(jti)
    const lost = Math.max(0, ...(await devices(this.device)).map((one) => one.stopped ?? 0))
    for (const { id } of this.keys.drawers) {
      const gone = this.holders(id).filter((one) => ended.has(one.jti) || one.exp <= now())
      for (const grant of gone) await this.device.vault('DELETE', `/grants/${grant.jti}`)
      if (gone.length || this.chain.rotation(id).link.iat < lost) await this.rotate(id, new Set(gone.map((one) => one.jti)))
      else if (this.chain.epoch(id).claims.exp - now() < RENEW) await this.renew(id)
    }
    await this.#destroyBoxes()
  }

  /** Signs what was stopped by sign-in alone, given back or used up: from then on the chain itself says that it is over,
   * and who stays in a drawer can be read from it. */
  async #revoke(ended: ReadonlySet<string>): Promise<void> {
    const revoked = this.chain.revoked()
    for (const grant of this.chain.grants()) {
      if (ended.has(grant.jti) && !revoked.has(grant.jti) && now() < grant.exp) {
        await this.chain.write((draft) => draft.revoke(grant))
      }
    }
  }

  async #catchUp(): Promise<void> {
    const told = await this.device.items<{ id: string; epoch: number }>('vault', '/drawers')
    const epochs = new Map(told.map((one) => [one.id, one.epoch]))
    for (const { id } of this.keys.drawers) {
      await this.drawers.need(id)
      const newest = this.chain.rotation(id)
      if ((epochs.get(id) ?? 0) < newest.claims.ep) await this.chain.tellVault([newest])
    }
  }

  /** Opens the pause at `path`. A renewal signed just now shows that her code was used. Refused `step-up-needed` when she
   * has no drawer to renew: then there is nothing that anybody could read. */
  async openAgain(path: string): Promise<void> {
    const [first] = this.keys.drawers
    if (first) await this.renew(first.id)
    await this.device.consent('DELETE', path, { json: {} })
  }

  /** Signs a drawer's epoch anew. */
  async renew(drw: string): Promise<void> {
    const last = this.chain.epoch(drw).claims
    const keys = this.keys.epoch(drw, last.ep)
    // All hashes again, fillers included: a filler that was replaced would give itself away.
    await this.chain.tellVault(await this.chain.write((draft) => draft.epoch(keys, last.cat, 'renew', last.env)))
  }

  async #destroyBoxes(): Promise<void> {
    const waiting = await this.device.items<{ drawer: string; epoch: number }>('vault', '/deposits')
    const full = new Set(waiting.map((one) => `${one.drawer}.e${one.epoch}`))
    for (const drawer of this.keys.drawers) {
      const opened = this.chain.rotation(drawer.id).link.iat
      for (const epoch of drawer.eps.slice(0, -1)) {
        if (epoch.box === null || full.has(epoch.kid) || now() < opened + EMPTIED) continue
        await this.drawers.store(() => (keyring) => withoutBox(keyring, drawer.id, epoch.ep))
      }
    }
  }
}

/** Drawers whose keys a grant gave. */
function openedBy(grant: Grant): string[] {
  if (grant.act !== 'read') return []
  return grant.drawers.filter((drawer) => drawer.epochs.length).map((drawer) => drawer.id)
}

/** A grant by its own id, or the newest one that answered the question with this id; null when there is none. */
export function findGrant(chain: Chain, id: string): Grant | null {
  return chain.grants().findLast((grant) => id === grant.jti || id === grant.req) ?? null
}
