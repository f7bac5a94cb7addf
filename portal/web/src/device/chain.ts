// SPDX-License-Identifier: EUPL-1.2
// A person's own chain of statements: played back and checked whole, and written on. A `Draft` signs one or more
// statements behind the newest one; the chain enters them at consent, all or nothing, and takes them over once each has
// its receipt. When another device of hers wrote in between, the chain is read again and the draft is made anew. Mirrors
// kluisje/chain.py.
import { checkChain } from '../formats/chain.ts'
import type { Grant } from '../formats/grant.ts'
import { peek } from '../formats/jose.ts'
import type { EpochKeys } from '../formats/keyring.ts'
import { type Bytes, FormatError, type PublicJwk, refuse } from '../formats/spelling.ts'
import {
  CARD,
  EPOCH,
  GRANT,
  type GrantTerms,
  HEAD,
  type HeadClaims,
  type Passkey,
  REVOKE,
  type Rsn,
  type Statement,
  type StatementOf,
  linkAfter,
  signCard,
  signEpoch,
  signGrant,
  signHead,
  signRevoke,
  verifyFirstCard,
  verifyStatement,
} from '../formats/statement.ts'
import type { Device } from './device.ts'
import { NotProven, Refused } from './errors.ts'
import { now } from './http.ts'
import type { PersonKeys } from './keyring.ts'
import { type Pins, checkReceipt } from './proofs.ts'
import { Queue } from './queue.ts'

const TRIES = 4 // when other devices write at the same time

/** Statements signed behind the newest one of the chain, not entered yet. */
export class Draft {
  readonly #before: Statement
  readonly #keys: PersonKeys
  readonly statements: Statement[] = []

  constructor(before: Statement, keys: PersonKeys) {
    this.#before = before
    this.#keys = keys
  }

  /** As they are sent. */
  get tokens(): string[] {
    return this.statements.map((one) => one.token)
  }

  /** A drawer's epoch: `new`, `rotate`, or `renew` (the same keys, and every hash of before). */
  async epoch(keys: EpochKeys, cat: string, rsn: Rsn, env: readonly string[]): Promise<void> {
    const box = keys.box?.jwk ?? refuse('key')
    const given = { drw: keys.drw, cat, ep: keys.ep, box, dkc: keys.dkc, rsn, env }
    await this.#add(await signEpoch(this.#keys.sig, this.#link(), given))
  }

  /** A grant. */
  async grant(terms: GrantTerms): Promise<void> {
    await this.#add(await signGrant(this.#keys.sig, this.#link(), terms))
  }

  /** The end of a grant. */
  async revoke(grant: Grant): Promise<void> {
    const drw = grant.drawers.map((drawer) => drawer.id)
    await this.#add(await signRevoke(this.#keys.sig, this.#link(), { jti: grant.jti, aud: grant.aud, drw }))
  }

  /** A drawer's history as this device knows it. */
  async head(drw: string, n: number, h: Bytes): Promise<void> {
    await this.#add(await signHead(this.#keys.sig, this.#link(), { drw, n, h }))
  }

  /** A new card: the same keys, with these passkeys and slots. */
  async card(passkeys: readonly Passkey[], slots: readonly string[]): Promise<void> {
    const given = { sig: this.#keys.sig.jwk, enc: this.#keys.enc, passkeys, slots }
    await this.#add(await signCard(this.#keys.sig, this.#link(), given))
  }

  #link() {
    const before = this.statements.at(-1) ?? this.#before
    // A clock set back must not make the chain go back: `iat` never falls.
    return linkAfter(before, Math.max(now(), before.link.iat), this.#keys.seq)
  }

  async #add(token: string): Promise<void> {
    this.statements.push(await verifyStatement(token, this.#keys.sig.jwk))
  }
}

/** Sends tokens where they belong and answers their receipts, in order. */
export type Send = (draft: Draft) => Promise<readonly string[]>

/** The number of the first statement that this installation entered: 0, or the card with which she moved in. What she
 * brought along has receipts of where it was entered; that card names it all, and has a receipt of here. */
function enteredHere(chain: readonly Statement[], receipts: readonly string[], pins: Pins): number {
  const first = receipts.findIndex((one) => pins.consent.has(peek(one).header.kid))
  return chain[first]?.typ === CARD ? first : refuse('receipt')
}

/** The chain of one vault, as consent keeps it and this device has checked it. */
export class Chain {
  readonly #device: Device
  readonly #keys: PersonKeys
  readonly #pins: Pins
  readonly #queue = new Queue()
  statements: Statement[] = []
  readonly receipts = new Map<string, string>()

  constructor(device: Device, keys: PersonKeys, pins: Pins) {
    this.#device = device
    this.#keys = keys
    this.#pins = pins
  }

  // -- reading -----------------------------------------------------------------------------------------------

  /** Reads the whole chain and checks it from its first card. NotProven when it is not hers, or shorter than known. */
  async load(): Promise<void> {
    const told = (await this.#device.items<{ statement: string; receipt: string }>('consent', '/statements')).reverse()
    let found: Statement[]
    try {
      found = await checkChain(told.map((one) => one.statement))
      if (found[0]?.vlt !== this.#device.vlt) refuse('chain')
      const here = enteredHere(found, told.map((one) => one.receipt), this.#pins)
      await Promise.all(found.slice(here).map((one, at) => checkReceipt(told[here + at]!.receipt, this.#pins, one.vlt, one.sid)))
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new NotProven('chain', 'the statements of this vault do not check')
    }
    const last = found.at(-1)!
    if (last.seq < this.#device.known.seq) throw new NotProven('chain', 'statements that this device knows are missing')
    this.statements = found
    for (const [at, one] of found.entries()) this.receipts.set(one.sid, told[at]!.receipt)
    await this.#device.remember({ seq: last.seq })
    // Another device stored keys, and signed with them in sight.
    if (this.#keys.seq < this.ring) await this.readKeyring()
  }

  /** Reads the keyring again: another device of hers stored one. */
  async readKeyring(): Promise<void> {
    const { jwe } = await (await this.#device.vault('GET', '/keyring')).json<{ jwe: string }>()
    await this.#keys.read(jwe)
  }

  /** The highest keyring number that any statement names. */
  get ring(): number {
    return Math.max(0, ...this.statements.map((one) => one.link.ring))
  }

  #all<Typ extends Statement['typ']>(typ: Typ): StatementOf<Typ>[] {
    return this.statements.filter((one): one is StatementOf<Typ> => one.typ === typ)
  }

  /** The newest card. */
  get card(): StatementOf<typeof CARD> {
    return this.#all(CARD).at(-1) ?? refuse('card')
  }

  /** The public SIG that counted at a moment (seconds). */
  readonly sigAt = (at: number): PublicJwk => {
    return this.#all(CARD).findLast((one) => one.link.iat <= at)?.claims.sig ?? refuse('card')
  }

  /** Whether a drawer stands in the chain. */
  has(drw: string): boolean {
    return this.#all(EPOCH).some((one) => one.claims.drw === drw)
  }

  /** The newest epoch statement of a drawer. */
  epoch(drw: string): StatementOf<typeof EPOCH> {
    return this.#all(EPOCH).findLast((one) => one.claims.drw === drw) ?? refuse('epoch')
  }

  /** The statement that opened the drawer's newest epoch (not its renewals). */
  rotation(drw: string): StatementOf<typeof EPOCH> {
    const { ep } = this.epoch(drw).claims
    return this.#all(EPOCH).find((one) => one.claims.drw === drw && one.claims.ep === ep) ?? refuse('epoch')
  }

  /** The newest signed head of a drawer. */
  head(drw: string): HeadClaims | null {
    return this.#all(HEAD).findLast((one) => one.claims.drw === drw)?.claims ?? null
  }

  /** All grants ever signed, oldest first. */
  grants(): Grant[] {
    return this.#all(GRANT).map((one) => one.claims)
  }

  /** Revokes by the grant that they end. */
  revoked(): Map<string, StatementOf<typeof REVOKE>> {
    return new Map(this.#all(REVOKE).map((one) => [one.claims.jti, one]))
  }

  // -- writing -----------------------------------------------------------------------------------------------

  /** Takes the first card, entered just now. */
  async begin(card: string, receipt: string): Promise<void> {
    const first = await verifyFirstCard(card)
    await checkReceipt(receipt, this.#pins, first.vlt, first.sid)
    this.statements = [first]
    this.receipts.set(first.sid, receipt)
    await this.#device.remember({ seq: 0 })
  }

  /** Signs what `compose` puts into a draft and enters it, all or nothing; `compose` runs again when the chain moved.
   * An empty draft enters nothing. `send`: where it goes, consent's `/statements` unless told otherwise. */
  write(compose: (draft: Draft) => Promise<void>, send: Send = (draft) => this.#enter(draft)): Promise<Statement[]> {
    return this.#queue.run(async () => {
      for (let left = TRIES - 1; ; left--) {
        const draft = new Draft(this.statements.at(-1) ?? refuse('chain'), this.#keys)
        await compose(draft)
        if (!draft.statements.length) return []
        let receipts: readonly string[]
        try {
          receipts = await send(draft)
        } catch (error) {
          if (!(error instanceof Refused) || error.slug !== 'chain-moved' || !left) throw error
          await this.load()
          continue
        }
        await this.#take(draft.statements, receipts)
        return draft.statements
      }
    })
  }

  async #enter(draft: Draft): Promise<readonly string[]> {
    const answer = await this.#device.consent('POST', '/statements', { json: { statements: draft.tokens } })
    return (await answer.json<{ receipts: string[] }>()).receipts
  }

  async #take(statements: readonly Statement[], receipts: readonly string[]): Promise<void> {
    if (receipts.length !== statements.length) throw new NotProven('receipt', 'a statement was taken without receipt')
    for (const [at, one] of statements.entries()) {
      try {
        await checkReceipt(receipts[at]!, this.#pins, one.vlt, one.sid)
      } catch (error) {
        if (!(error instanceof FormatError)) throw error
        throw new NotProven('receipt', 'the receipt is not of this statement')
      }
      this.receipts.set(one.sid, receipts[at]!)
    }
    this.statements.push(...statements)
    await this.#device.remember({ seq: statements.at(-1)!.seq })
  }

  /** Shows the vault what concerns it: cards, epochs and heads, each with its receipt. */
  async tellVault(statements: Iterable<Statement>): Promise<void> {
    for (const one of statements) {
      if (one.typ !== CARD && one.typ !== EPOCH && one.typ !== HEAD) continue
      try {
        const json = { statement: one.token, receipt: this.receipts.get(one.sid) ?? refuse('receipt') }
        await this.#device.vault('POST', '/statements', { json })
      } catch (error) {
        // Another device signed a later head, and told it first.
        if (one.typ !== HEAD || !(error instanceof Refused) || error.slug !== 'chain-moved') throw error
      }
    }
  }
}
