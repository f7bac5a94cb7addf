// SPDX-License-Identifier: EUPL-1.2
// A caseworker at a desk, on this device: the one door for the desk's screens. Keys are the member's own; the team's key
// is here only while it is unlocked, opened from the copy that a colleague made. Mirrors kluisje/organisation.py.
import { openAttachment } from '../formats/attachment.ts'
import type { AttachmentEntry } from '../formats/attachment.ts'
import { signClosing, signImport, signRequest, signWhy } from '../formats/asTeam.ts'
import type { Record } from '../formats/authorship.ts'
import { type EpochSecrets, type EpochKeys, epochKeys } from '../formats/keyring.ts'
import { peek } from '../formats/jose.ts'
import type { Listing } from '../formats/listing.ts'
import type { Item, Request } from '../formats/request.ts'
import { verifyRequest } from '../formats/request.ts'
import { resealEnvelope, sealEnvelope } from '../formats/sealing.ts'
import { newCode, readCode, writeCode } from '../formats/slots.ts'
import { type Bytes, FormatError, newId, refuse, same } from '../formats/spelling.ts'
import { Directory } from '../device/directory.ts'
import { Locked, NotProven, Refused } from '../device/errors.ts'
import { now, seconds } from '../device/http.ts'
import { LOCK_MINUTES, Lock } from '../device/locking.ts'
import type { Making, NewCode } from '../device/person.ts'
import { type Pins, readPins } from '../device/proofs.ts'
import type { Category, Lang, Progress, Purpose, Schema, Settings, Way } from '../device/shapes.ts'
import { type Choices, Storage } from '../device/storage.ts'
import { checkEvidence, toldEvidence } from './accounting.ts'
import type { Composed } from './composing.ts'
import type { MemberKeys } from './keys.ts'
import { type Head, type Opener, type SealedAnswer, hashes, openAnswer, prove } from './opening.ts'
import {
  type Opening,
  type Session,
  type ToldCase,
  type ToldDuty,
  type ToldEnvelope,
  type ToldGrant,
  type ToldQuestion,
  type ToldTeam,
  type ToldWhy,
  ask,
  get,
  items,
  onOver,
  ownServer,
  send,
} from './server.ts'
import type { AskedWhy, Case, Colleague, Duty, Evidence, Granted, Listed, Looked, TeamKeyState } from './shapes.ts'
import { Team } from './teaming.ts'
import * as unlocking from './unlocking.ts'

const LOOKED_FOR = 1_000 // milliseconds between two looks whether the other tab is done
const DAY = 86_400

/** One member on one device. */
export class Member {
  readonly settings: Settings
  readonly pins: Pins
  readonly #storage: Storage
  readonly #choices: Choices
  readonly #directory: Directory
  readonly #lock = new Lock(() => {
    this.locks()
  })
  readonly #listeners = new Set<() => void>()
  readonly #heads = new Map<string, Head>()
  readonly #looks = new Set<string>()
  readonly #epochs = new Map<string, EpochKeys>()
  #session: Session | null
  #keys: MemberKeys | null = null
  #team: Team | null = null
  #hasKeys = false
  /** Whether a sign-in was here and is over. */
  ended = false
  /** How colleagues and those who are asked will see this member, while the keys are made. */
  ownName = ''

  private constructor(settings: Settings, pins: Pins, storage: Storage, choices: Choices, session: Session | null) {
    this.settings = settings
    this.pins = pins
    this.#storage = storage
    this.#choices = choices
    this.#session = session
    this.#lock.minutes = choices.lockMinutes
    this.#directory = new Directory(pins, ownServer.base, ownServer.given)
  }

  /** Reads who is signed in, and what this device remembers. Raises Unavailable or Offline. */
  static async begin(settings: Settings): Promise<Member> {
    const storage = await Storage.open()
    const choices = (await storage.get('choices')) ?? { lang: null, title: null, lockMinutes: LOCK_MINUTES }
    const session = await get<Session>('/session').catch((error: unknown) => {
      if (error instanceof Refused && error.status === 401) return null
      throw error
    })
    const made = new Member(settings, await readPins(settings.pins), storage, choices, session)
    onOver(() => made.#ends())
    await made.#look()
    return made
  }

  /** The sign-in is over: nothing opened stays, whatever the reason. */
  #ends(): void {
    if (!this.#session) return
    this.#session = null
    this.ended = true
    this.locks()
  }

  /** Whether the own keys are whole: the keyring was stored. */
  async #look(): Promise<void> {
    const ring = this.#session?.ring ?? null
    this.#hasKeys = ring !== null && (await get<{ keyring: number }>(`/rings/${ring}`)).keyring > 0
  }

  get #open(): { keys: MemberKeys; team: Team } {
    if (!this.#keys || !this.#team) throw new Locked()
    return { keys: this.#keys, team: this.#team }
  }

  // -- signing in, own keys ----------------------------------------------------------------------------------

  /** Whether somebody is signed in: the desk's server keeps that, so a reload only locks. */
  get signedIn(): boolean {
    return this.#session !== null
  }

  /** Leaves the page for the organisation's sign-in; it comes back to the first screen. */
  signsIn(): Promise<never> {
    location.assign('/door/in')
    return new Promise(() => undefined) // the page is being left
  }

  /** Ends the sign-in here and at the gateway, and locks. */
  async signsOut(): Promise<void> {
    this.locks()
    this.#session = null
    await ask('DELETE', '/session')
  }

  /** Whether who signed in has own keys here. */
  async hasVault(): Promise<boolean> {
    await this.#look()
    return this.#hasKeys
  }

  /** The name of this member, as colleagues and those who are asked see it. */
  get name(): string {
    return this.#session?.name ?? this.ownName
  }

  get #ring(): string {
    return this.#session?.ring ?? refuse('ring')
  }

  /** Begins own keys. NoPrf: this device's passkey gives no secret, offer 'words'. NotNow: the window was closed. */
  async makesAVault(first: 'passkey' | 'words'): Promise<Making> {
    const name = this.ownName.trim()
    const begun = await unlocking.begin(first, this.settings.name)
    return {
      first: first === 'passkey' ? { type: 'prf' } : { type: 'pass', words: begun.words },
      code: writeCode(begun.secret),
      typesBack: async (typed) => {
        if (!sameCode(begun.secret, typed)) return false
        const before = this.#session?.ring ?? null
        if (before !== null && before !== begun.keys.ring) await ask('DELETE', `/rings/${before}`) // half made, and never opened
        const keys = await unlocking.make(begun, name)
        begun.secret.fill(0)
        this.#session = await get<Session>('/session')
        await this.#opens(keys)
        this.#hasKeys = true
        return true
      },
    }
  }

  /** The ways into the own keys. */
  waysIn(): Promise<readonly Way[]> {
    return unlocking.ways(this.#ring)
  }

  async opensWithPasskey(): Promise<void> {
    await this.#opens(await unlocking.withPasskey(this.#ring, await this.#least()))
  }

  async opens(code: string): Promise<void> {
    await this.#opens(await unlocking.withCode(this.#ring, code, await this.#least()))
  }

  async opensWithWords(words: string): Promise<void> {
    await this.#opens(await unlocking.withWords(this.#ring, words, await this.#least()))
  }

  async addsPasskey(): Promise<void> {
    await unlocking.addPasskey(this.#open.keys, this.settings.name)
  }

  addsWords(): Promise<string> {
    return unlocking.addWords(this.#open.keys)
  }

  async dropsWay(id: string): Promise<void> {
    await unlocking.drop(this.#ring, id)
  }

  /** A new code for paper. It becomes a way in when it was typed back. */
  newCode(): Promise<NewCode> {
    const { keys } = this.#open
    const secret = newCode()
    const typesBack = async (typed: string) => {
      if (!sameCode(secret, typed)) return false
      await unlocking.addCode(keys, secret)
      return true
    }
    return Promise.resolve({ code: writeCode(secret), typesBack })
  }

  async #least(): Promise<number> {
    return (await this.#storage.known(this.#ring)).ring
  }

  async #opens(keys: MemberKeys): Promise<void> {
    const session = this.#session ?? refuse('session')
    const known = await this.#storage.known(keys.ring)
    const team = new Team(session, keys, known.first ?? null)
    this.#keys?.wipe()
    this.#keys = keys
    this.#team = team
    this.#lock.start()
    try {
      await this.comesUp()
    } catch (error) {
      this.locks()
      throw error
    }
  }

  /** Reads the team anew: who is in it, whether its key is here. */
  async comesUp(): Promise<void> {
    const { keys, team } = this.#open
    this.#session = await get<Session>('/session')
    const known = await this.#storage.known(keys.ring)
    if (this.#session.role !== 'none') await team.load(known.seq < 0 ? 0 : known.seq)
    const seq = team.newest?.seq ?? known.seq
    await this.#storage.remember(keys.ring, { ...known, ring: keys.seq, seq, first: team.administrator })
  }

  // -- locking, and what this device remembers ---------------------------------------------------------------

  get open(): boolean {
    return this.#keys !== null
  }

  /** Forgets the keys and all that was opened. */
  locks(): void {
    const was = this.#keys
    this.#lock.stop()
    this.#keys?.wipe()
    this.#team?.wipe()
    this.#keys = null
    this.#team = null
    this.#epochs.clear()
    if (was) for (const listener of this.#listeners) listener()
  }

  onLock(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  get lockMinutes(): number {
    return this.#choices.lockMinutes
  }
  set lockMinutes(minutes: number) {
    this.#choices.lockMinutes = this.#lock.minutes = minutes
    this.#chooses()
  }

  get lockLeft(): number {
    return this.#lock.left
  }

  staysAwake(): void {
    this.#lock.staysAwake()
  }

  get lang(): Lang {
    return this.#choices.lang ?? (navigator.language.startsWith('en') ? 'en' : 'nl')
  }
  set lang(lang: Lang) {
    this.#choices.lang = lang
    this.#chooses()
  }

  get tabTitle(): string | null {
    return this.#choices.title
  }
  set tabTitle(title: string | null) {
    this.#choices.title = title
    this.#chooses()
  }

  #chooses(): void {
    this.#storage.put('choices', this.#choices).catch(() => undefined) // not kept: then it holds until the page is left
  }

  // -- the team ----------------------------------------------------------------------------------------------

  /** How this member stands: `none` is not let in yet, `waits` has no copy of the team's key, `works` can do everything. */
  get standing(): 'none' | 'waits' | 'works' | 'administrator' {
    const { team } = this.#open
    if (team.administers) return 'administrator'
    if (!team.mine) return 'none'
    return team.ready ? 'works' : 'waits'
  }

  get keeper(): boolean {
    return this.#team?.mine?.role === 'keeper'
  }

  /** The member as the gateway names one. */
  get subject(): string {
    return this.#session?.subject ?? ''
  }

  get party(): string {
    return this.#session?.team ?? ''
  }

  /** Four words for the own keys. */
  ownWords(): Promise<string> {
    return this.#open.team.ownWords()
  }

  /** Thumbprint of the own signing key: what a first administrator hands to who runs the desk. */
  get ownThumbprint(): string {
    return this.#open.keys.sig.jwk.kid
  }

  /** Everybody with keys here: members, and who asks to be let in. */
  async colleagues(): Promise<readonly Colleague[]> {
    const { team } = this.#open
    await this.comesUp()
    const found = await team.colleagues()
    return found.map(({ sub, name, role, copy }) => ({ sub, name, role, ready: copy !== null && team.madeFor(copy), mine: sub === team.sub }))
  }

  /** Four words of a colleague, as this page sees the keys. */
  async wordsOf(sub: string): Promise<string> {
    const { team } = this.#open
    const found = (await team.colleagues()).find((one) => one.sub === sub)
    if (!found) throw new Refused('not-found', 'There is no such colleague.', 404)
    return team.words(found)
  }

  /** The administrator lists somebody (or another role); the keys are those of the card. */
  async lists(sub: string, role: 'keeper' | 'member'): Promise<void> {
    const { team } = this.#open
    const found = (await team.colleagues()).find((one) => one.sub === sub)
    if (!found) throw new Refused('not-found', 'There is no such colleague.', 404)
    const others = (team.newest?.members ?? []).filter((one) => one.sub !== sub)
    await team.enters([...others, { sub, sig: found.sig, enc: found.enc, role }])
  }

  /** The administrator takes somebody out: refused from the next call on. */
  async removes(sub: string): Promise<void> {
    const { team } = this.#open
    await team.enters((team.newest?.members ?? []).filter((one) => one.sub !== sub))
  }

  /** A keeper lets a listed member in: hands the team's key over. */
  async letsIn(sub: string): Promise<void> {
    const { team } = this.#open
    const found = team.newest?.members.find((one) => one.sub === sub)
    if (!found) throw new Refused('not-listed', 'The administrator has to list this colleague first.')
    await team.handsOut([found])
  }

  /** How the team's key stands. */
  async teamKey(): Promise<TeamKeyState> {
    const { team } = this.#open
    const state = (team.newest?.jkt ?? null) === null ? 'none' : !team.ready ? 'waits' : team.rotationDue ? 'due' : 'ready'
    const old = team.ready ? (await items<ToldEnvelope>('/envelopes')).filter((one) => one.kid !== team.newest?.jkt).length : 0
    return { state, untold: team.untold, envelopesToSeal: old }
  }

  /** A keeper makes a new key for the team; its public halves go to the directory as this file. */
  async makesTeamKey(): Promise<Blob> {
    const made = await this.#open.team.makesKey()
    return new Blob([JSON.stringify({ format: 1, team: this.party, ...made }, null, 1)], { type: 'application/json' })
  }

  /** The administrator names the key that the directory states now as the team's. */
  async namesTeamKey(): Promise<void> {
    const { team } = this.#open
    const stated = await this.#directory.team(this.party)
    await team.enters(team.newest?.members ?? [], stated.enc.kid)
  }

  /** A keeper hands the newest key to all who have none, and seals again what lies under an older one. */
  async finishesTeamKey(progress?: Progress): Promise<void> {
    const { team } = this.#open
    const stated = await this.#directory.team(this.party)
    await team.opensAhead(stated.enc.kid)
    await this.comesUp()
    const without = (await team.colleagues()).filter((one) => !(one.copy !== null && team.madeFor(one.copy))).map((one) => one.sub)
    const to = (team.newest?.members ?? []).filter((one) => without.includes(one.sub))
    if (to.length > 0) await team.handsOut(to)
    const old = (await items<ToldEnvelope>('/envelopes')).filter((one) => one.kid !== team.newest?.jkt)
    for (const [done, one] of old.entries()) {
      await this.#sealsAgain(one)
      progress?.(done + 1, old.length)
    }
  }

  // -- what is published -------------------------------------------------------------------------------------

  /** The name of the own team in the directory. */
  teamName = ''
  /** As what this team asks, by the directory; "" while that says none. */
  role = ''

  /** How the own team is shown, as the directory signed it; null while nothing was signed. */
  listing: Listing | null = null

  async #knowsTeam() {
    const stated = await this.#directory.learn(this.party, await get<ToldTeam>(`/organisations/${this.party}`))
    this.teamName = stated.name
    this.listing = stated.listing
    this.role = stated.listing?.role ?? ''
    return stated
  }

  /** What this team may ask: the newest version of each purpose to read for, in the order of the catalogue. */
  async purposes(): Promise<readonly Purpose[]> {
    await this.#knowsTeam()
    const all = [...(await this.#directory.purposes()).values()].filter((one) => one.act === 'read' && !one.recalled)
    const name = (uri: string) => uri.slice(0, uri.lastIndexOf(':'))
    const version = (uri: string) => Number(uri.slice(uri.lastIndexOf(':') + 1))
    const newest = all.filter((one) => !all.some((other) => name(other.uri) === name(one.uri) && version(other.uri) > version(one.uri)))
    return this.role === '' ? newest : newest.filter((one) => one.roles.includes(this.role))
  }

  /** All purposes, recalled and old ones too. */
  async catalogue(): Promise<readonly Purpose[]> {
    return [...(await this.#directory.purposes()).values()]
  }

  categories(): Promise<readonly Category[]> {
    return this.#directory.categories()
  }

  schemas(): Promise<ReadonlyMap<string, Schema>> {
    return this.#directory.schemas()
  }

  /** The directory's word of the own team, checked. */
  async listed(): Promise<Listed> {
    const told = await get<ToldTeam>(`/organisations/${this.party}`)
    const { name, listing } = await this.#directory.learn(this.party, told)
    return { team: told.team, name, listing, suspended: told.suspended, counts: seconds(told.countsFrom) }
  }

  // -- asking ------------------------------------------------------------------------------------------------

  /** As what this team asks for a purpose. */
  roleFor(purpose: Purpose): string {
    return this.role === '' ? (purpose.roles[0] ?? '') : this.role
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
    const { team } = this.#open
    const stated = await this.#knowsTeam()
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
      role: this.roleFor(purpose),
      name: this.name,
      ...by,
    })
  }

  /** Gives a case a name of the organisation's own, kept at the desk only. Who names it has it. */
  async names(request: string, name: string): Promise<void> {
    await ask('PUT', `/cases/${request}`, { json: { name, holder: this.#open.team.sub } })
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
    const purposes = await this.#directory.purposes()
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
    const { sig } = await this.#knowsTeamOnce()
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

  async #knowsTeamOnce() {
    return this.teamName === '' ? this.#knowsTeam() : this.#directory.team(this.party)
  }

  /** All grants of this team, running and ended, newest first. */
  async grants(): Promise<readonly Granted[]> {
    const [told, purposes, categories] = await Promise.all([items<ToldGrant>('/grants'), this.#directory.purposes(), this.categories()])
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

  // -- opening -----------------------------------------------------------------------------------------------

  /** Begins to open a grant for its purpose: answers the address that a new tab goes to, to sign in for just this. */
  async begins(grant: Granted, reason: string | null): Promise<Opening> {
    return send<Opening>('POST', '/openings', { grant: grant.id, purpose: grant.purposeUri, reason })
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
    const { team } = this.#open
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

  /** What opens for a grant: the team's keys, and drawer keys that the desk keeps from earlier. */
  async #opener(gnt: string, fresh: Map<string, EpochSecrets>): Promise<Opener> {
    const { team } = this.#open
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
      learnVault: (party, sigAt) => this.#directory.learnVault(party, sigAt),
      author: this.#directory.author,
    }
  }

  /** Keeps new drawer keys at the desk, sealed to the team's newest key; then says so, and the vault deletes its own. */
  async #keeps(gnt: string, vlt: string, envelopes: readonly string[], secrets: readonly EpochSecrets[]): Promise<void> {
    const { team } = this.#open
    for (const one of secrets) {
      const jwe = await sealEnvelope(one, team.keepTo, vlt, gnt)
      await ask('PUT', `/grants/${gnt}/envelopes/${one.drw}/${String(one.ep)}`, { json: { jwe } })
    }
    const key = await team.signing(await this.#directory.team(this.party))
    const confirmation = await signImport(key, { iss: team.party, vlt, gnt, env: await hashes(envelopes), iat: now() })
    await ask('POST', `/grants/${gnt}/imports`, { json: { confirmation } })
  }

  /** Seals a kept envelope anew, to the team's newest key. */
  async #sealsAgain(one: ToldEnvelope): Promise<void> {
    const { team } = this.#open
    const jwe = await resealEnvelope(one.jwe, team.enc(one.kid), team.keepTo)
    await ask('PUT', `/grants/${one.grant}/envelopes/${one.drawer}/${String(one.epoch)}`, { json: { jwe } })
  }

  /** An attachment of a record that was opened, verified whole. A look too. */
  async fetches(grant: string, record: Record, entry: AttachmentEntry, progress?: Progress): Promise<Blob> {
    const path = `/grants/${grant}/drawers/${record.drw}/records/${record.rid}/attachments/${entry.id}`
    const answer = await ask('GET', path, { headers: { Accept: 'application/octet-stream' } })
    const parts: Bytes[] = []
    let done = 0
    try {
      for await (const piece of openAttachment(answer.pieces(), entry, record)) {
        parts.push(piece)
        done += piece.length
        progress?.(done, entry.length)
      }
    } catch (error) {
      if (error instanceof FormatError) throw new NotProven('attachment', 'this is not the file that was kept')
      throw error
    }
    return new Blob(parts)
  }

  // -- accounting --------------------------------------------------------------------------------------------

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
    const { team } = this.#open
    const key = await team.signing(await this.#directory.team(this.party))
    const answer = await signWhy(key, { iss: team.party, vlt, ask: id, entry, text, emp: employee, iat: now() })
    await ask('POST', `/questions/${id}/answers`, { json: { answer } })
  }

  /** Ends to answer for, newest first. */
  async duties(): Promise<readonly Duty[]> {
    const [told, cases, grants] = await Promise.all([items<ToldDuty>('/duties'), this.cases(), this.grants()])
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
    const { team } = this.#open
    const stated = await this.#directory.team(this.party)
    const key = await team.signing(stated)
    const told = await toldEvidence(grant)
    await checkEvidence(told, grant, team.party, stated.sig, this.pins)
    const vlt = String(peek(told[0]!.grant).claims.iss).slice('vault:'.length)
    const closing = await signClosing(key, { iss: team.party, vlt, gnt: grant, until: kept?.until ?? null, art: kept?.article ?? null, iat: now() })
    await ask('POST', `/grants/${grant}/closings`, { json: { closing } })
  }

  /** What can be shown of a grant, checked; without any value. */
  async evidence(grant: string): Promise<Evidence> {
    const { sig } = await this.#directory.team(this.party)
    return checkEvidence(await toldEvidence(grant), grant, this.party, sig, this.pins)
  }

  // -- health ------------------------------------------------------------------------------------------------

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

function sameCode(secret: Bytes, typed: string): boolean {
  try {
    return same(readCode(typed), secret)
  } catch (error) {
    if (error instanceof FormatError) return false
    throw error
  }
}

