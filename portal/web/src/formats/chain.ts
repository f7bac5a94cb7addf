// SPDX-License-Identifier: EUPL-1.2
// The rules of a chain that one statement and the one before it cannot show. A person's device plays the whole chain
// through `checkChain`. Mirrors formats/chain.py.
import type { Grant } from './grant.ts'
import { refuse } from './spelling.ts'
import {
  CARD,
  EPOCH,
  type EpochClaims,
  GRANT,
  REVOKE,
  type Statement,
  follows,
  verifyFirstCard,
  verifyStatement,
} from './statement.ts'

/** Refuses unless `newer` may follow `last`, the drawer's newest epoch statement (null: a new drawer). A new drawer
 * starts at 1; `renew` repeats epoch, category, BOX and commitment; `rotate` counts on with fresh keys. */
export function epochFollows(last: EpochClaims | null, newer: EpochClaims): void {
  if (last === null) return newer.rsn === 'new' && newer.ep === 1 ? undefined : refuse('epoch')
  if (newer.drw !== last.drw || newer.cat !== last.cat) refuse('epoch')
  const sameKeys = newer.box.kid === last.box.kid && newer.dkc === last.dkc && newer.ep === last.ep
  const freshKeys = newer.box.kid !== last.box.kid && newer.dkc !== last.dkc && newer.ep === last.ep + 1
  if (!(newer.rsn === 'renew' ? sameKeys : newer.rsn === 'rotate' && freshKeys)) refuse('epoch')
}

/** Refuses unless each drawer of the grant is in the chain with that category, and each epoch exists. */
export function grantFits(grant: Grant, epochs: ReadonlyMap<string, EpochClaims>): void {
  for (const drawer of grant.drawers) {
    const newest = epochs.get(drawer.id)
    if (drawer.cat !== newest?.cat || drawer.epochs.some((ep) => ep > newest.ep)) refuse('grant')
  }
}

/** Refuses unless `revoke` ends exactly this grant: same chain, `jti`, reader, and every drawer of it. */
export function revokeFits(grant: Grant, revoke: Statement): void {
  if (revoke.typ !== REVOKE || revoke.link.iss !== grant.iss) refuse('revoke')
  const { jti, aud, drw } = revoke.claims
  const named = new Set(grant.drawers.map((one) => one.id))
  if (jti !== grant.jti || aud !== grant.aud || drw.length !== named.size || !drw.every((one) => named.has(one))) {
    refuse('revoke')
  }
}

/** A whole chain from statement 0: each signature with the card of its moment, each link, each rule above. */
export async function checkChain(tokens: readonly string[]): Promise<Statement[]> {
  const found: Statement[] = []
  const epochs = new Map<string, EpochClaims>()
  const grants = new Map<string, Grant>()
  let sig: unknown = null
  for (const token of tokens) {
    const newer: Statement = found.length ? await verifyStatement(token, sig) : await verifyFirstCard(token)
    follows(found.at(-1) ?? null, newer)
    if (newer.typ === CARD) {
      sig = newer.claims.sig // the new key counts from the next statement
    } else if (newer.typ === EPOCH) {
      epochFollows(epochs.get(newer.claims.drw) ?? null, newer.claims)
      epochs.set(newer.claims.drw, newer.claims)
    } else if (newer.typ === GRANT) {
      grantFits(newer.claims, epochs)
      if (grants.has(newer.claims.jti)) refuse('grant')
      grants.set(newer.claims.jti, newer.claims)
    } else if (newer.typ === REVOKE) {
      revokeFits(grants.get(newer.claims.jti) ?? refuse('revoke'), newer)
    }
    found.push(newer)
  }
  return found
}
