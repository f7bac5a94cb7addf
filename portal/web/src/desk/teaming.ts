// SPDX-License-Identifier: EUPL-1.2
// Who is in the team, and its key: the signed lists are checked here, each time, from the first one on; the member's
// copies of the team's key are opened; a keeper hands copies to others. Mirrors formats/team.py in use; docs/formats/team.md.
import { type PrivateJwk, type SigningKey, newSealingKey, newSigningKey, peek, publicHalf, signer } from '../formats/jose.ts'
import { type TeamSecrets, openTeamKey, sealTeamKey } from '../formats/sealing.ts'
import { memberWords } from '../formats/slots.ts'
import { FormatError, type PublicJwk, publicEc, refuse } from '../formats/spelling.ts'
import { verifyFirstCard } from '../formats/statement.ts'
import { type TeamList, type TeamMember, checkTeamLists, signTeam } from '../formats/team.ts'
import { NotProven, Refused } from '../device/errors.ts'
import { now } from '../device/http.ts'
import { late } from '../device/late.ts'
import type { MemberKeys } from './keys.ts'
import { type Session, type ToldColleague, type ToldCopy, type ToldLists, ask, get, items, send } from './server.ts'

/** A colleague with the keys of the own card. */
export interface Introduced {
  readonly sub: string
  readonly name: string
  readonly role: ToldColleague['role']
  readonly copy: number | null
  readonly sig: PublicJwk
  readonly enc: PublicJwk
}

/** The team as this page has checked it, and its keys as this member can open them. */
export class Team {
  readonly party: string
  readonly sub: string
  readonly #keys: MemberKeys
  readonly #administrator: string
  #lists: readonly TeamList[] = []
  /** By thumbprint of ENC; the newest list names the newest. */
  readonly #secrets = new Map<string, TeamSecrets>()
  rotationDue = false
  untold = 0

  constructor(session: Session, keys: MemberKeys, first: string | null) {
    this.party = session.team
    this.sub = session.subject
    this.#keys = keys
    // Who signed the first list is remembered from the first visit on: the server cannot exchange it later.
    if (first !== null && first !== session.administrator) throw new NotProven('team', 'the first list has another signer')
    this.#administrator = session.administrator
  }

  /** Who signed the first list (a thumbprint). */
  get administrator(): string {
    return this.#administrator
  }

  /** The newest list; null while there is none. */
  get newest(): TeamList | null {
    return this.#lists.at(-1) ?? null
  }

  /** This member's line in the newest list. */
  get mine(): TeamMember | null {
    return this.newest?.members.find((one) => one.sub === this.sub) ?? null
  }

  /** Whether this member's key signs the next list. */
  get administers(): boolean {
    return this.#keys.sig.jwk.kid === (this.newest?.adm.kid ?? this.#administrator)
  }

  /** Reads lists and copies anew. `least`: the number of the newest list that this device has seen. NotProven when they do
   * not check, or an older state is told. */
  async load(least: number): Promise<void> {
    const told = await get<ToldLists>('/member-lists')
    this.rotationDue = told.rotationDue
    this.untold = told.waiting.length
    try {
      this.#lists = told.items.length === 0 ? [] : await this.#checked(told.items)
      if ((this.newest?.seq ?? 0) < least) refuse('older')
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new NotProven('team', 'the list of the team does not check')
    }
    if (!this.mine) return
    await this.#open()
    // Who made the key that the newest list names has it from before that list.
    if (this.newest?.jkt && !this.ready) await this.opensAhead(this.newest.jkt)
  }

  async #checked(tokens: readonly string[]): Promise<readonly TeamList[]> {
    // The first list was signed by a key whose thumbprint we know: it stands in that list, in a card, or is our own.
    const adm = await publicEc(peek(tokens[0]!).claims.adm, 'sig')
    const known = adm.kid === this.#administrator ? adm : this.#keys.sig.jwk.kid === this.#administrator ? this.#keys.sig.jwk : null
    const first = known ?? (await this.colleagues()).find((one) => one.sig.kid === this.#administrator)?.sig ?? refuse('team')
    return checkTeamLists(tokens, first, this.party)
  }

  /** Opens the copies that were made for this member, and keeps what opens. */
  async #open(): Promise<void> {
    for (const { seq, jwe } of await items<ToldCopy>('/team-keys', false)) {
      const list = this.#lists.find((one) => one.seq === seq)
      if (!list || list.jkt === null || this.#secrets.has(list.jkt)) continue
      try {
        const found = await openTeamKey(jwe, this.#keys.enc, { iss: this.party, seq, sub: this.sub, jkt: list.jkt })
        this.#secrets.set(found.enc.kid, found)
      } catch (error) {
        if (!(error instanceof FormatError)) throw error // a copy that does not open here is no copy
      }
    }
  }

  /** Whether a copy that was made under this list holds the key of now. */
  madeFor(seq: number): boolean {
    const jkt = this.newest?.jkt ?? null
    return jkt !== null && this.#lists.find((one) => one.seq === seq)?.jkt === jkt
  }

  /** Forgets all keys. */
  wipe(): void {
    this.#secrets.clear()
  }

  /** Whether the team's newest key is here. */
  get ready(): boolean {
    const jkt = this.newest?.jkt ?? null
    return jkt !== null && this.#secrets.has(jkt)
  }

  /** Thumbprints of all keys that are here. */
  get kids(): ReadonlySet<string> {
    return new Set(this.#secrets.keys())
  }

  /** A private ENC by its thumbprint. */
  enc(kid: string): PrivateJwk {
    return this.#secrets.get(kid)?.enc ?? refuse('key')
  }

  /** The public ENC to which things are kept from now on. */
  get keepTo(): PublicJwk {
    const jkt = this.newest?.jkt ?? null
    return jkt === null ? refuse('key') : publicHalf(this.enc(jkt))
  }

  /** The key that signs for the team: of the pair whose ENC and SIG the directory states now. NotProven when the pair here
   * is another one; Refused `no-key` while this member has no copy of it. */
  async signing(stated: { readonly enc: PublicJwk; readonly sig: PublicJwk }): Promise<SigningKey> {
    const found = this.#secrets.get(stated.enc.kid)
    if (!found) throw new Refused('no-key', 'This member has no copy of the key that counts now.')
    if (found.sig.kid !== stated.sig.kid) throw new NotProven('organisation', 'the directory states another key')
    return signer(found.sig)
  }

  // -- members -----------------------------------------------------------------------------------------------

  /** Everybody with keys here, each card checked. One that does not check is left out. */
  async colleagues(): Promise<readonly Introduced[]> {
    const told = await items<ToldColleague>('/colleagues', false)
    const found = await Promise.all(
      told.map(async ({ subject, name, card, role, copy }): Promise<Introduced | null> => {
        try {
          const { claims } = await verifyFirstCard(card)
          return { sub: subject, name, role, copy, sig: claims.sig, enc: claims.enc }
        } catch (error) {
          if (error instanceof FormatError) return null
          throw error
        }
      }),
    )
    return found.filter((one) => one !== null)
  }

  /** Four words for somebody's keys, as this page sees them; both people read them aloud. */
  async words({ sub, sig, enc }: Pick<Introduced, 'sub' | 'sig' | 'enc'>): Promise<string> {
    const { dutchWords } = await late(() => import('../device/words.ts'))
    return memberWords(dutchWords, this.party, sub, sig.kid, enc.kid)
  }

  /** Four words for the own keys. */
  ownWords(): Promise<string> {
    return this.words({ sub: this.sub, sig: this.#keys.sig.jwk, enc: this.#keys.publicEnc })
  }

  /** The administrator's next list: these members, and the key that the team has (or gets). */
  async enters(members: readonly TeamMember[], jkt = this.newest?.jkt ?? null): Promise<void> {
    const { newest } = this
    const terms = { iss: this.party, iat: Math.max(now(), newest?.iat ?? 0), adm: this.#keys.sig.jwk, jkt, members }
    await send('POST', '/member-lists', { list: await signTeam(this.#keys.sig, newest, terms) })
    await this.load(newest?.seq ?? 0)
  }

  /** A keeper hands the team's newest key to members of the newest list. */
  async handsOut(to: readonly TeamMember[]): Promise<void> {
    const { newest } = this
    const secrets = newest?.jkt ? this.#secrets.get(newest.jkt) : undefined
    if (!newest || !secrets) throw new Refused('no-key', 'This member has no copy of the newest key.')
    const at = (one: TeamMember) => ({ iss: this.party, seq: newest.seq, sub: one.sub })
    const copies = await Promise.all(to.map((one) => sealTeamKey(secrets, one.enc, at(one))))
    await ask('POST', '/team-keys', { json: { copies } })
  }

  /** A keeper makes a new key for the team, and keeps the own copy of it. It counts once the directory states it and a
   * list names it. Answers its public halves, which go to the directory. */
  async makesKey(): Promise<{ readonly enc: PublicJwk; readonly sig: PublicJwk }> {
    const { newest, mine } = this
    if (!newest || !mine) throw new Refused('not-allowed', 'Only a member makes a key.')
    const secrets = { enc: await newSealingKey(), sig: await newSigningKey() }
    const copy = await sealTeamKey(secrets, mine.enc, { iss: this.party, seq: newest.seq, sub: this.sub })
    await ask('POST', '/team-keys', { json: { copies: [copy] } })
    this.#secrets.set(secrets.enc.kid, secrets)
    return { enc: publicHalf(secrets.enc), sig: publicHalf(secrets.sig) }
  }

  /** Tries the own copies with a key that the directory states but no list names yet: the keeper's own new one. */
  async opensAhead(stated: string): Promise<void> {
    if (this.#secrets.has(stated)) return
    for (const { seq, jwe } of await items<ToldCopy>('/team-keys', false)) {
      try {
        const found = await openTeamKey(jwe, this.#keys.enc, { iss: this.party, seq, sub: this.sub, jkt: stated })
        this.#secrets.set(found.enc.kid, found)
        return
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
      }
    }
  }
}
