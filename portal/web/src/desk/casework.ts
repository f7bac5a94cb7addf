// SPDX-License-Identifier: EUPL-1.2
// Cases: questions of the team, what came of each, and whose they are. Mirrors kluisje/asking.py.
import { signRequest } from '../formats/asTeam.ts'
import { peek } from '../formats/jose.ts'
import { type Item, type Request, verifyRequest } from '../formats/request.ts'
import { newId } from '../formats/spelling.ts'
import { NotProven, Refused } from '../device/errors.ts'
import { now, seconds } from '../device/http.ts'
import type { Category, Purpose } from '../device/shapes.ts'
import type { Composed } from './composing.ts'
import type { Register } from './register.ts'
import { OfSeat, type Seat } from './seat.ts'
import { type ToldCase, type ToldGrant, type ToldQuestion, ask, get, items, send } from './server.ts'
import type { Case, Granted } from './shapes.ts'

const DAY = 86_400

/** Asking, and the cases of the team. */
export class Casework extends OfSeat {
  readonly #register: Register

  constructor(seat: Seat, register: Register) {
    super(seat)
    this.#register = register
  }

  /** Asks: the team's key signs the question. Names the case, where a name was given. */
  async asks({ purpose, items: asked, term, note, to, label }: Composed): Promise<Case> {
    const at = now()
    const request = await this.#signed(purpose, asked, { knd: term.kind, nbf: at, ends: term.until(at), note, off: null })
    const told = await send<ToldQuestion>('POST', '/consent-requests', { to, request })
    if (label !== null) await this.names(told.id, label)
    return this.case(told.id)
  }

  async #signed(purpose: Purpose, asked: readonly Item[], by: Pick<Request, 'knd' | 'nbf' | 'ends' | 'note' | 'off'>): Promise<string> {
    const { team } = this.unlocked
    const stated = await this.#register.learns()
    const key = await team.signing(stated)
    const iat = now()
    return signRequest(key, {
      iss: team.party,
      jti: newId(),
      iat,
      exp: iat + purpose.expiry * DAY,
      org: stated.sid,
      act: purpose.act,
      pur: purpose.uri,
      items: asked,
      gnd: purpose.ground,
      role: this.#register.roleFor(purpose),
      name: this.name,
      ...by,
    })
  }

  /** Gives a case a name of the organisation's own, kept at the desk only. Who names it has it. */
  async names(request: string, name: string): Promise<void> {
    await ask('PUT', `/cases/${request}`, { json: { name, holder: this.unlocked.team.sub } })
  }

  /** Asks anew, for exactly what was offered. It gives nothing by itself. */
  async accepts(one: Case): Promise<Case> {
    const { offer, asked, purpose } = one
    if (!offer || offer.items.length === 0 || !purpose) throw new Refused('nothing-offered', 'There is no offer of something to share.')
    const required = new Map(asked.items.map((item) => [`${item.kind} ${item.ref}`, item.required]))
    const wanted = offer.items.map(({ kind, ref }) => ({ kind, ref, required: required.get(`${kind} ${ref}`) ?? false }))
    const ends = offer.endsAt ?? asked.ends
    const request = await this.#signed(purpose, wanted, { knd: asked.knd, nbf: now(), ends, note: null, off: one.id })
    const told = await send<ToldQuestion>('POST', `/consent-requests/${one.id}/acceptances`, { request })
    if (one.name !== null) await this.names(told.id, one.name)
    return this.case(told.id)
  }

  /** Withdraws a question that is open. */
  async takesBack(id: string): Promise<void> {
    await ask('POST', `/consent-requests/${id}/withdrawals`)
  }

  /** All questions of this team, newest first, with what came of each. */
  async cases(): Promise<readonly Case[]> {
    const [told, grants, names] = await Promise.all([items<ToldQuestion>('/consent-requests'), this.grants(), this.#names()])
    return Promise.all(told.map((one) => this.#case(one, grants, names)))
  }

  /** One question. */
  async case(id: string): Promise<Case> {
    const [told, grants, names] = await Promise.all([get<ToldQuestion>(`/consent-requests/${id}`), this.grants(), this.#names()])
    return this.#case(told, grants, names)
  }

  async #names(): Promise<ReadonlyMap<string, ToldCase>> {
    return new Map((await items<ToldCase>('/cases')).map((one) => [one.request, one]))
  }

  async #case(told: ToldQuestion, grants: readonly Granted[], names: ReadonlyMap<string, ToldCase>): Promise<Case> {
    const asked = await this.#ownRequest(told)
    const own = names.get(told.id)
    const purposes = await this.directory.purposes()
    const offer = told.offer && {
      ...told.offer,
      endsAt: told.offer.endsAt === null ? null : seconds(told.offer.endsAt),
      askAfter: told.offer.askAfter === null ? null : seconds(told.offer.askAfter),
    }
    const came = new Set(told.items.map((one) => one.grant))
    return {
      id: told.id,
      state: told.state,
      code: told.bindingCode,
      expires: seconds(told.expiresAt),
      asked,
      purpose: purposes.get(asked.pur) ?? null,
      offer,
      grants: grants.filter((one) => came.has(one.id)),
      name: own?.name ?? null,
      holder: own?.holder ?? null,
    }
  }

  /** The team's own question as it was signed: with the key of now, or (older ones) read as it stands. */
  async #ownRequest(told: ToldQuestion): Promise<Request> {
    const { sig } = await this.#register.learnsOnce()
    const { header, claims } = peek(told.request)
    if (header.kid === sig.kid) {
      const found = await verifyRequest(told.request, sig)
      if (found.jti !== told.id || found.iss !== this.party) throw new NotProven('request', 'this is no question of this team')
      return found
    }
    const who = claims.who as { role: string; name: string }
    const asked = (claims.items as { kind: Item['kind']; ref: string; req: boolean }[]).map(({ kind, ref, req }) => ({ kind, ref, required: req }))
    return { ...(claims as unknown as Request), token: told.request, sid: '', items: asked, role: who.role, name: who.name }
  }

  /** All grants of this team, running and ended, newest first. */
  async grants(): Promise<readonly Granted[]> {
    const [told, purposes, categories] = await Promise.all([items<ToldGrant>('/grants'), this.directory.purposes(), this.#register.categories()])
    return told.map((one) => granted(one, purposes, categories))
  }

  /** Gives a grant back: the team needs it no more. */
  async handsBack(grant: string): Promise<void> {
    await ask('DELETE', `/grants/${grant}`)
  }

  /** Puts a case on a colleague's name. That colleague still takes it over: only then the colleague may look. */
  async gives(one: Case, to: string): Promise<void> {
    await ask('PUT', `/cases/${one.id}`, { json: { name: one.name ?? one.code, holder: to } })
  }

  /** Takes the case of a colleague, who from now on reads no more. The person is told, with the reason. */
  async takesOver(one: Case, grant: string, reason: string): Promise<void> {
    await ask('POST', `/grants/${grant}/take-overs`, { json: { reason } })
    await this.names(one.id, one.name ?? one.code)
  }
}

function granted(one: ToldGrant, purposes: ReadonlyMap<string, Purpose>, categories: readonly Category[]): Granted {
  return {
    id: one.id,
    state: one.state,
    request: one.request,
    purpose: purposes.get(one.purpose) ?? null,
    purposeUri: one.purpose,
    act: one.act,
    kind: one.kind,
    starts: seconds(one.startsAt),
    ends: seconds(one.endsAt),
    drawers: one.drawers.map(({ id, category, epochs }) => ({ id, category, title: categories.find((each) => each.id === category)?.title ?? null, whole: epochs.length > 0 })),
  }
}
