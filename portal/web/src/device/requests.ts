// SPDX-License-Identifier: EUPL-1.2
// Questions to a person, and her answers: the inbox, a yes (to less, or shorter), an offer, a no. A yes is a signed
// grant. What it opens is sealed first and named in it by hash, so a grant that is entered can be read at once. Mirrors
// kluisje/requests.py; consent.md sections 1 and 3, formats.md section 5.
import type { Record } from '../formats/authorship.ts'
import { ANSWERS, type Grant } from '../formats/grant.ts'
import { type Item, verifyRequest } from '../formats/request.ts'
import { sealEnvelope, sealSingle } from '../formats/sealing.ts'
import { FormatError, H, newId, refuse } from '../formats/spelling.ts'
import { GRANT } from '../formats/statement.ts'
import { plain } from './directory.ts'
import { NotProven, Unfit } from './errors.ts'
import { moment, now, seconds } from './http.ts'
import { OfOpened } from './opened.ts'
import { touch } from './passkeys.ts'
import type { LoggedStatement } from './proofs.ts'
import type { Asked, Asker, Choice, Lang, Offer, Seen } from './shapes.ts'

const ANSWER_SCHEMA = 'urn:kluisje:schema:answer:1'

/** A question as consent tells it. */
interface Told {
  readonly id: string
  readonly state: Asked['state']
  readonly request: string
  readonly bindingCode: string
  readonly askedAt: string
  readonly expiresAt: string
  readonly sensitive: boolean
  readonly organisation: LoggedStatement
  readonly offer: { items: Offer['items']; endsAt: string | null; talkFirst: boolean; askAfter: string | null; note: string | null } | null
  readonly grants: readonly string[]
}

/** A drawer of a grant while it is made. */
interface Giving {
  readonly id: string
  readonly cat: string
  readonly ep: number[]
  readonly env: string[]
  readonly one: { rid: string; ver: number; h: string }[]
}

/** What a counter-offer says. */
export type Offering = { only?: readonly string[]; until?: number } & Partial<Pick<Offer, 'talkFirst' | 'askAfter' | 'note'>>

/** The inbox of one opened vault, and the answers to it. */
export class Requests extends OfOpened {
  /** Questions that wait for an answer, newest first; `every`: those that are over too. NotProven when the signature or
   * the asker's key of one does not check. */
  async inbox(every: boolean): Promise<readonly Asked[]> {
    const told = await this.device.items<Told>('consent', '/consent-requests')
    const wanted = told.filter((one) => every || one.state === 'open')
    return Promise.all(wanted.map((one) => this.#asked(one)))
  }

  /** One question, by its id. */
  async find(id: string): Promise<Asked> {
    return this.#asked(await (await this.device.consent('GET', `/consent-requests/${id}`)).json<Told>())
  }

  async #asked(told: Told): Promise<Asked> {
    const { team } = told.organisation
    const asker = await this.directory.learn(team, told.organisation)
    try {
      const request = await verifyRequest(told.request, asker.sig)
      if (request.iss !== asker.sub || request.org !== asker.sid || request.jti !== told.id) refuse('request')
      const purpose = await this.directory.purpose(request.pur)
      const { id, state, sensitive, grants } = told
      const times = { askedAt: seconds(told.askedAt), expiresAt: seconds(told.expiresAt) }
      const offer = told.offer && {
        ...told.offer,
        endsAt: told.offer.endsAt === null ? null : seconds(told.offer.endsAt),
        askAfter: told.offer.askAfter === null ? null : seconds(told.offer.askAfter),
      }
      return { id, state, code: told.bindingCode, ...times, request, asker, purpose, sensitive, offer, grants }
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new NotProven('request', `the question ${told.id} is not signed by ${team}`)
    }
  }

  // -- what a yes would show ---------------------------------------------------------------------------------

  /** Item by item, with her real records. */
  async shows(asked: Asked, choice: Choice): Promise<readonly Seen[]> {
    return Promise.all(
      chosen(asked, choice.only, false).map(async (item) => ({
        item,
        title: asked.purpose.items.find((one) => one.kind === item.kind && one.ref === item.ref)?.title ?? plain(item.ref),
        records: item.kind === 'drawer' ? await this.#inDrawer(item, choice) : await this.#ofSchema(item),
        answer: item.kind === 'answer' ? (choice.answers?.[item.ref] ?? null) : null,
      })),
    )
  }

  async #inDrawer(item: Item, choice: Choice): Promise<readonly Record[]> {
    return choice.fromNowOn ? [] : this.drawers.read(item.ref)
  }

  async #ofSchema(item: Item): Promise<readonly Record[]> {
    if (item.kind !== 'record') return []
    const found = await Promise.all([...this.drawers.all().keys()].map((drw) => this.drawers.read(drw)))
    return found.flat().filter((record) => record.sch === item.ref)
  }

  // -- yes ---------------------------------------------------------------------------------------------------

  /** A yes to all that is asked, or less. Unfit when it would be no answer to this question: something required left
   * out, later than asked, an item that was not asked, or a record that she does not have. */
  async allow(asked: Asked, choice: Choice, lang: Lang): Promise<Grant> {
    const { request, purpose, asker } = asked
    const items = chosen(asked, choice.only, true)
    const nbf = Math.max(request.nbf, now()), exp = choice.until ?? request.ends
    if (!(nbf < exp && exp <= request.ends)) throw new Unfit('later-than-asked')
    const gnt = newId()
    const drw =
      request.act === 'deposit'
        ? await Promise.all(items.map(async (item) => this.#giving(await this.drawers.need(item.ref))))
        : await this.#sealed(asked, items, gnt, choice, lang)
    const terms = {
      jti: gnt,
      aud: request.iss,
      act: request.act,
      knd: choice.once ? 'once' : request.knd,
      nbf,
      exp,
      drw: drw.map((one) => ({ ...one })),
      pur: { uri: purpose.uri, lang, h: purpose.texts[lang].hash },
      jkt: (request.act === 'read' ? asker.enc : asker.sig).kid,
      org: asker.sid,
      req: request.jti,
    }
    try {
      const [entered] = await this.chain.write(
        (draft) => draft.grant(terms),
        async ({ statements, tokens }) => {
          // A stolen SIG alone grants nothing sensitive: consent also wants a touch, over this very grant.
          const assertion = asked.sensitive ? await this.#touch(statements[0]!.sid) : null
          const json = { answer: 'yes', statements: tokens, ...(assertion ? { assertion } : {}) }
          const answer = await this.device.consent('POST', `/consent-requests/${asked.id}/answers`, { json })
          return (await answer.json<{ receipts: string[] }>()).receipts
        },
      )
      return entered?.typ === GRANT ? entered.claims : refuse('grant')
    } catch (error) {
      // What was sealed for a grant that is not.
      if (request.act === 'read') await this.device.vault('DELETE', `/grants/${gnt}`)
      throw error
    }
  }

  async #touch(sid: string) {
    const ids = this.chain.card.claims.wa.map((one) => one.id)
    return (await touch(this.device.vlt, sid, ids)).assertion
  }

  /** Seals what the grant will open and stores it; answers the `drw` of the grant. */
  async #sealed(asked: Asked, items: readonly Item[], gnt: string, choice: Choice, lang: Lang): Promise<Giving[]> {
    const given = new Map<string, Giving>()
    for (const item of items.filter((one) => one.kind === 'drawer')) {
      const drw = await this.drawers.need(item.ref)
      given.set(drw, await this.#whole(drw, asked.asker, gnt, choice.fromNowOn ?? false))
    }
    for (const item of items.filter((one) => one.kind !== 'drawer')) {
      const singles = item.kind === 'answer' ? await this.#answer(item, choice, lang) : await this.#ofSchema(item)
      if (!singles.length && item.required) throw new Unfit('nothing-there', item.ref)
      for (const record of singles) {
        const giving = given.get(record.drw) ?? this.#giving(record.drw)
        if (giving.ep.length) continue // in a drawer that is opened as a whole
        given.set(record.drw, giving)
        giving.one.push(await this.#single(record, asked.asker, gnt))
      }
    }
    return [...given.values()]
  }

  #giving(drw: string): Giving {
    return { id: drw, cat: this.drawers.category(drw), ep: [], env: [], one: [] }
  }

  async #whole(drw: string, asker: Asker, gnt: string, fromNowOn: boolean): Promise<Giving> {
    const giving = this.#giving(drw)
    const epochs = await this.keys.secrets(drw)
    for (const epoch of fromNowOn ? epochs.slice(-1) : epochs) {
      const jwe = await sealEnvelope(epoch, asker.enc, this.device.vlt, gnt)
      await this.device.vault('PUT', `/grants/${gnt}/envelopes/${drw}/${epoch.ep}`, { json: { jwe } })
      giving.ep.push(epoch.ep)
      giving.env.push(await H(jwe))
    }
    return giving
  }

  async #answer(item: Item, choice: Choice, lang: Lang): Promise<readonly Record[]> {
    const val = choice.answers?.[item.ref]
    if (val === undefined) return []
    const body = { q: item.ref, h: await this.directory.questionHash(item.ref, lang), val, src: [] }
    return [await this.drawers.keep(ANSWERS, { body, schema: ANSWER_SCHEMA })]
  }

  async #single(record: Record, asker: Asker, gnt: string): Promise<{ rid: string; ver: number; h: string }> {
    const jwe = await sealSingle(record.token, asker.enc, gnt)
    await this.device.vault('PUT', `/grants/${gnt}/singles/${record.rid}`, { json: { jwe } })
    return { rid: record.rid, ver: record.ver, h: await H(jwe) }
  }

  // -- anything else -----------------------------------------------------------------------------------------

  /** A counter-offer. Nothing is signed; the asker may accept it by asking just that. */
  async offer(asked: Asked, given: Offering): Promise<void> {
    const items = chosen(asked, given.only, false).map(({ kind, ref }) => ({ kind, ref }))
    if (!items.length && !given.talkFirst && given.askAfter === undefined) throw new Unfit('empty-offer')
    const offer = {
      items,
      ...(given.until === undefined ? {} : { endsAt: moment(given.until) }),
      ...(given.talkFirst === undefined ? {} : { talkFirst: given.talkFirst }),
      ...(given.askAfter === undefined || given.askAfter === null ? {} : { askAfter: moment(given.askAfter) }),
      ...(given.note === undefined || given.note === null ? {} : { note: given.note }),
    }
    await this.#reply(asked.id, { answer: 'offer', offer })
  }

  /** A no. The asker sees what it would see if nobody had answered. */
  async refuse(id: string): Promise<void> {
    await this.#reply(id, { answer: 'no' })
  }

  async #reply(id: string, json: { readonly [name: string]: unknown }): Promise<void> {
    await this.device.consent('POST', `/consent-requests/${id}/answers`, { json })
  }
}

/** The items of an answer. Unfit when a name is none of the question's, or (`whole`) something required is left out. */
function chosen(asked: Asked, only: readonly string[] | undefined, whole: boolean): readonly Item[] {
  const { items } = asked.request
  const missing = only?.find((ref) => !items.some((item) => item.ref === ref))
  if (missing !== undefined) throw new Unfit('not-asked', missing)
  const found = items.filter((item) => !only || only.includes(item.ref))
  const left = items.find((item) => item.required && !found.includes(item))
  if (whole && left) throw new Unfit('required-left-out', left.ref)
  return found
}
