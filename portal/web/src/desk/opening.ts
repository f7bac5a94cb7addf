// SPDX-License-Identifier: EUPL-1.2
// Opening a sealed answer: first everything that can be checked is checked, then the team's key opens. The desk believes
// no server: it checks the person's grant, the log entry of this very look, the drawer's history and every place itself;
// without the proof that its look is in the log it opens nothing. Mirrors kluisje/opening.py; gateway.md section 3.
import type { Author, Record } from '../formats/authorship.ts'
import { checkArrival } from '../formats/authorship.ts'
import { DEPOSIT, depositPlace } from '../formats/deposit.ts'
import { envelopePlace } from '../formats/envelope.ts'
import { type Logged, verifyLook } from '../formats/event.ts'
import { type Drawer, type Grant, readGrant, whyNot } from '../formats/grant.ts'
import { type PrivateJwk, peek } from '../formats/jose.ts'
import type { EpochKeys, EpochSecrets } from '../formats/keyring.ts'
import { RECORD, SINGLE, recordPlace, singlePlace } from '../formats/record.ts'
import { openDeposit, openEnvelope, openRecord, openSingle } from '../formats/sealing.ts'
import { type Claims, FormatError, H, type PublicJwk, checkHash, checkInt, parseJson, refuse, unb64u } from '../formats/spelling.ts'
import { CARD, EPOCH, HEAD, type StatementOf, verifyOwnCard, verifyStatement } from '../formats/statement.ts'
import { NotProven } from '../device/errors.ts'
import { seconds } from '../device/http.ts'
import type { Pins } from '../device/proofs.ts'

const FRESH = 300 // seconds that a look may be old when its answer is opened: clocks differ, an old look is another one

/** An answer of the gateway, as the desk's server passes it on. */
export interface SealedAnswer {
  readonly grant: string
  readonly statements: readonly string[]
  readonly look: unknown
  readonly envelopes: readonly { readonly drawer: string; readonly epoch: number; readonly jwe: string }[]
  readonly sealed: readonly { readonly id: string; readonly version: number; readonly arrived: string; readonly jwe: string }[]
  readonly head: { readonly served: { readonly n: number; readonly h: string }; readonly signed: string | null }
  readonly next: string | null
}

/** A drawer's history as it was served: `n` changes, head `h`. */
export interface Head {
  readonly n: number
  readonly h: string
}

type Card = StatementOf<typeof CARD>
type Epoch = StatementOf<typeof EPOCH>

/** An answer whose grant, look, statements and head were checked; nothing is opened yet. `covered`: the newest signed
 * head is the one served, so every record stands under her signature. */
export interface Proven {
  readonly grant: Grant
  readonly drawer: Drawer
  readonly look: Logged
  readonly epochs: ReadonlyMap<number, Epoch>
  readonly head: Head
  readonly covered: boolean
  readonly sigAt: (at: number) => PublicJwk
}

/** Who asks and for what: the team, the keys it has or had (thumbprints), the grant, the drawer; `known`: the head that
 * was served last. */
export interface Asking {
  readonly pins: Pins
  readonly reader: string
  readonly kids: ReadonlySet<string>
  readonly gnt: string
  readonly drawer: string
  readonly known: Head | null
  readonly now: number
}

/** What opens: the team's private ENC by thumbprint, drawer keys of this grant that are at hand (`held`) or that the desk
 * keeps sealed to the team (`kept`), whose key is whose. `keep`: drawer keys that were just opened; `isNew`: they came
 * from the person. */
export interface Opener {
  enc(kid: string): PrivateJwk
  held(drw: string, ep: number): EpochKeys | null
  kept(drw: string, ep: number): string | null
  keep(secrets: EpochSecrets, isNew: boolean): Promise<EpochKeys>
  learnVault(party: string, sigAt: (at: number) => PublicJwk): void
  readonly author: Author
}

/** NotProven instead of whatever says that something does not check. */
export async function only<T>(reason: string, detail: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FormatError || error instanceof TypeError) throw new NotProven(reason, detail)
    throw error
  }
}

/** Checks an answer. NotProven with the reason. */
export async function prove(answer: SealedAnswer, asking: Asking): Promise<Proven> {
  const { pins, reader, kids, gnt, drawer, known, now } = asking
  const look = await only('no-proof', 'the log does not hold this look', async () => {
    const found = await verifyLook(answer.look, pins.log, false)
    const { claims } = found.event
    const drawers = claims.drw as readonly Claims[]
    const own = found.event.t === 'read' && claims.by === reader && drawers.length === 1 && drawers[0]?.id === drawer
    return own ? found : refuse('event')
  })
  if (Math.abs(now - look.event.at) > FRESH) throw new NotProven('no-proof', 'the log entry is of an earlier look')
  const read = await only('forged', 'grant or statements do not check', async () => {
    const grant = await readGrant(answer.grant)
    const cards = await cardsOf(answer.statements, grant)
    return { grant, cards, epochs: await epochsOf(answer.statements, cards, grant.vlt, drawer) }
  })
  const { grant, cards, epochs } = read
  const { claims } = look.event
  if (grant.jti !== gnt || claims.gnt !== gnt || claims.sid !== grant.sid || look.event.vlt !== grant.vlt) {
    throw new NotProven('no-proof', 'the look is of another grant')
  }
  const reason = await whyNot(grant.token, {
    cardSig: sigBefore(cards, grant.seq),
    vlt: grant.vlt,
    reader,
    keyJkt: null,
    partyKeys: kids,
    act: 'read',
    drawers: [drawer],
    now,
    revoked: new Set(),
    assentsMissing: false,
  })
  const given = grant.drawers.find((one) => one.id === drawer)
  if (reason !== null || !given) throw new NotProven(reason ?? 'other-drawer', 'the grant does not allow this')
  const { head, covered } = await headOf(answer.head, cards, drawer, known)
  const sigAt = (at: number) => (cards.filter((card) => card.link.iat <= at).at(-1) ?? cards[0])?.claims.sig ?? refuse('card')
  return { grant, drawer: given, look, epochs, head, covered, sigAt }
}

/** The cards among the statements: the first by its own key, each further one signed by the key before it. */
async function cardsOf(tokens: readonly string[], grant: Grant): Promise<readonly Card[]> {
  const found: Card[] = []
  for (const token of tokens) {
    if (peek(token).header.typ !== CARD) continue
    const before = found.at(-1)
    const card = before ? await verifyStatement(token, before.claims.sig) : await verifyOwnCard(token)
    if (card.typ !== CARD || card.vlt !== grant.vlt || (before && card.seq <= before.seq)) refuse('card')
    found.push(card)
  }
  return found.length ? found : refuse('card')
}

/** The public SIG that counted at this number of the chain; before the oldest card that was told: that one's own. */
function sigBefore(cards: readonly Card[], seq: number): PublicJwk {
  return (cards.filter((card) => card.seq < seq).at(-1) ?? cards[0])?.claims.sig ?? refuse('card')
}

/** The epoch statements of a drawer, by epoch; of one epoch the newest. */
async function epochsOf(tokens: readonly string[], cards: readonly Card[], vlt: string, drw: string): Promise<ReadonlyMap<number, Epoch>> {
  const found = new Map<number, Epoch>()
  for (const token of tokens) {
    const { header, claims } = peek(token)
    if (header.typ !== EPOCH) continue
    const statement = await verifyStatement(token, sigBefore(cards, checkInt(claims.seq, 1)))
    if (statement.typ !== EPOCH || statement.vlt !== vlt) refuse('epoch')
    const before = found.get(statement.claims.ep)
    if (statement.claims.drw === drw && (!before || before.seq < statement.seq)) found.set(statement.claims.ep, statement)
  }
  return found
}

/** The head served, and whether her device has signed just that. NotProven when it is older than the signed or known
 * one. */
function headOf(given: SealedAnswer['head'], cards: readonly Card[], drw: string, known: Head | null): Promise<{ head: Head; covered: boolean }> {
  return only('older-head', 'the drawer’s history is older than the one that was signed or seen', async () => {
    const head = { n: checkInt(given.served.n), h: checkHash(given.served.h) }
    let covered = false
    if (given.signed !== null) {
      const signed = await verifyStatement(given.signed, sigBefore(cards, checkInt(peek(given.signed).claims.seq, 1)))
      if (signed.typ !== HEAD || signed.vlt !== cards[0]?.vlt || signed.claims.drw !== drw) refuse('head')
      notOlder(head, signed.claims)
      covered = signed.claims.n === head.n
    }
    if (known !== null) notOlder(head, known)
    return { head, covered }
  })
}

function notOlder(served: Head, than: Head): void {
  if (served.n < than.n || (served.n === than.n && served.h !== than.h)) refuse('head')
}

// -- opening -------------------------------------------------------------------------------------------------

/** What an answer held: the records, and the envelopes that were opened for it. */
export interface Opened {
  readonly records: readonly Record[]
  readonly envelopes: readonly string[]
}

/** Opens a proven answer; drawer keys from its envelopes are kept. NotProven when something in it does not open. */
export function openAnswer(answer: SealedAnswer, proven: Proven, opener: Opener): Promise<Opened> {
  return only('sealed', 'something in the answer does not open', async () => {
    opener.learnVault(`vault:${proven.grant.vlt}`, proven.sigAt)
    for (const { jwe } of answer.envelopes) await opener.keep(await envelopeOf(jwe, proven, opener, false), true)
    const records: Record[] = []
    for (const one of answer.sealed) {
      const record = await sealedOf(one.jwe, proven, opener)
      if (record.rid !== one.id || record.ver !== one.version) refuse('place')
      // Either her device has signed for all that is here, or it lies where it was just put.
      if (!proven.covered) await checkArrival(record, seconds(one.arrived), opener.author)
      records.push(record)
    }
    return { records, envelopes: answer.envelopes.map(({ jwe }) => jwe) }
  })
}

/** The keys in an envelope, as this grant and the drawer's epochs name them. One that the desk keeps was sealed anew, so
 * its hash stands nowhere; that its keys are the ones the person signed, its epoch says all the same. */
async function envelopeOf(jwe: string, proven: Proven, opener: Opener, kept: boolean): Promise<EpochSecrets> {
  const place = envelopePlace(jwe)
  const { grant, drawer } = proven
  const statement = proven.epochs.get(place.ep) ?? refuse('epoch')
  const named = drawer.envelopes.filter((_, at) => drawer.epochs[at] === place.ep)
  const { env, dkc, box } = statement.claims
  const hashes = kept ? [await H(jwe)] : [...named, ...env]
  return openEnvelope(jwe, opener.enc(place.kid), { vlt: grant.vlt, drw: drawer.id, ep: place.ep, gnt: grant.jti, env: hashes, dkc, box })
}

/** One record, single or deposit; which of them, its own header says, and opening checks that. */
async function sealedOf(jwe: string, proven: Proven, opener: Opener): Promise<Record> {
  const { grant, drawer, look } = proven
  const asked = (look.event.claims.drw as readonly Claims[])[0]!
  const epochs = asked.ep as readonly number[], rids = asked.rid as readonly string[] | null
  const at = { vlt: grant.vlt, drw: drawer.id }
  const may = (rid: string) => (rids === null || rids.includes(rid) ? rid : refuse('record'))
  const held = async (ep: number): Promise<EpochKeys> => {
    const known = opener.held(drawer.id, ep)
    if (known) return known
    return opener.keep(await envelopeOf(opener.kept(drawer.id, ep) ?? refuse('key'), proven, opener, true), false)
  }
  const { typ } = parseJson(unb64u(jwe.slice(0, jwe.indexOf('.'))))
  if (typ === RECORD) {
    const { ep, rid, ver } = recordPlace(jwe)
    return epochs.includes(ep) ? openRecord(jwe, await held(ep), opener.author, { ...at, rid: may(rid), ver }) : refuse('epoch')
  }
  if (typ === SINGLE) {
    const { kid, rid } = singlePlace(jwe)
    const named = drawer.singles.find((one) => one.rid === rid) ?? refuse('single')
    return openSingle(jwe, opener.enc(kid), opener.author, { ...at, rid: may(rid), ver: named.ver, gnt: grant.jti, h: named.h })
  }
  if (typ !== DEPOSIT) refuse('typ')
  const { box, rid } = depositPlace(jwe)
  const ep = epochs.find((one) => proven.epochs.get(one)?.claims.box.kid === box) ?? refuse('key')
  return openDeposit(jwe, await held(ep), opener.author, { ...at, rid: may(rid) })
}

/** The hashes of envelopes, for the word that they are held. */
export function hashes(envelopes: readonly string[]): Promise<string[]> {
  return Promise.all(envelopes.map((jwe) => H(jwe)))
}
