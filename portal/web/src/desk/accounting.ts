// SPDX-License-Identifier: EUPL-1.2
// What a team can show of one grant, and what it is asked: everything signed is checked here before it is believed or kept.
// Mirrors kluisje/accounting.py; gateway.md section 2.
import { verifyLook } from '../formats/event.ts'
import { readGrant } from '../formats/grant.ts'
import { peek, verify } from '../formats/jose.ts'
import { verifyClosing } from '../formats/receipt.ts'
import { verifyRequest } from '../formats/request.ts'
import { type Claims, FormatError, type PublicJwk, checkInt, publicEc, refuse } from '../formats/spelling.ts'
import { verifyFirstCard } from '../formats/statement.ts'
import { NotProven } from '../device/errors.ts'
import type { Pins } from '../device/proofs.ts'
import { type ToldEvidence, get } from './server.ts'
import type { Evidence } from './shapes.ts'

const PAGE = 100

/** All pages of the evidence of a grant, as they were told. */
export async function toldEvidence(grant: string): Promise<readonly ToldEvidence[]> {
  const told: ToldEvidence[] = []
  for (let query: { [name: string]: string | number } = { pageSize: PAGE }; ; ) {
    const page = await get<ToldEvidence>(`/grants/${grant}/evidence`, query)
    told.push(page)
    if (page.next === null) return told
    query = { ...query, pageCursor: page.next }
  }
}

/** Evidence as it came, checked: the grant is signed by the person's card, stands in the log, is for this team, and each
 * line is in the log. NotProven when any of it does not check. `own`: the team's SIG of now. */
export async function checkEvidence(told: readonly ToldEvidence[], gnt: string, party: string, own: PublicJwk, pins: Pins): Promise<Evidence> {
  try {
    const first = told[0] ?? refuse('evidence')
    const card = peek(first.card).claims
    if (checkInt(card.seq) === 0) await verifyFirstCard(first.card)
    const sig = await publicEc(card.sig, 'sig')
    const grant = await readGrant(first.grant)
    await verify(first.grant, 'vault-grant+jwt', sig)
    const entered = (await verifyLook(first.entered, pins.log, false)).event
    if (grant.jti !== gnt || grant.aud !== party || entered.vlt !== grant.vlt || card.iss !== grant.iss) refuse('grant')
    if (entered.t !== 'statement' || entered.claims.sid !== grant.sid) refuse('entered')
    if (signedBy(own, first.request) && (await verifyRequest(first.request!, own)).jti !== grant.req) refuse('request')
    if (signedBy(own, first.closing) && (await verifyClosing(first.closing!, own)).gnt !== gnt) refuse('closing')
    const lines = await Promise.all(told.flatMap((page) => page.items).map((one) => verifyLook(one, pins.log, false)))
    for (const { event } of lines) {
      if (event.vlt !== grant.vlt || (event.t === grant.act && event.claims.gnt !== gnt)) refuse('lines')
    }
    const names = new Map(grant.drawers.map((one) => [one.id, one.cat]))
    const looks = lines
      .filter(({ event }) => event.t === grant.act)
      .map(({ event }) => ({ at: event.at, drawers: (event.claims.drw as readonly Claims[]).map((one) => names.get(String(one.id)) ?? '') }))
    const file = new Blob([JSON.stringify({ format: 1, grant: gnt, team: party, pages: told }, null, 1)], { type: 'application/json' })
    return { act: grant.act, looks, signed: grant.iat, file }
  } catch (error) {
    if (error instanceof FormatError || error instanceof TypeError) throw new NotProven('evidence', 'what was told of this grant does not check')
    throw error
  }
}

/** Whether this was signed with the key that the team has now; what an older key signed is only kept. */
function signedBy(key: PublicJwk, token: string | null): boolean {
  return token !== null && peek(token).header.kid === key.kid
}
