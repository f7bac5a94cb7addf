// SPDX-License-Identifier: EUPL-1.2
// What is trusted beforehand, and what is checked with it: log, directory, identity issuer, consent. Pure. Mirrors
// kluisje/proofs.py. Source: formats.md sections 6 and 8.
import { type Checkpoint, checkGrowth } from '../formats/checkpoint.ts'
import { type ConsentReceipt, verifyConsentReceipt } from '../formats/consentReceipt.ts'
import { type Logged, verifyLook } from '../formats/event.ts'
import { peek } from '../formats/jose.ts'
import { type Listing, verifyListing } from '../formats/listing.ts'
import { type Organisation, checkCurrent, verifyOrganisation } from '../formats/organisation.ts'
import { type Attested, verifyPerson } from '../formats/person.ts'
import { type LogPolicy, readPolicy } from '../formats/policy.ts'
import { type Receipt, verifyReceipt } from '../formats/receipt.ts'
import { FormatError, type PublicJwk, b64u, checkList, checkMembers, checkString, publicEc, refuse, unb64u } from '../formats/spelling.ts'

type Keys = ReadonlyMap<string, PublicJwk>

/** Whom to believe. origin: the installation's address. log: which log keys and witnesses. directory: who states
 * organisations' keys. identity: who states whose vault it is. consent: who signs receipts. Keys by thumbprint. */
export interface Pins {
  readonly origin: string
  readonly log: LogPolicy
  readonly directory: Keys
  readonly identity: Keys
  readonly consent: Keys
}

/** `{"format": 1, "origin", "log": <tlog-policy text>, "directory", "identity", "consent": [public JWK …]}`. */
export async function readPins(value: unknown): Promise<Pins> {
  const found = checkMembers(value, ['format', 'origin', 'log', 'directory', 'identity', 'consent'])
  const origin = checkString(found.origin)
  if (found.format !== 1 || origin.endsWith('/')) refuse('pins')
  const [directory, identity, consent] = await Promise.all([found.directory, found.identity, found.consent].map(keys))
  return { origin, log: await readPolicy(found.log), directory: directory!, identity: identity!, consent: consent! }
}

async function keys(given: unknown): Promise<Keys> {
  const found = await Promise.all(checkList(given, 20).map((jwk) => publicEc(jwk, 'sig')))
  if (!found.length) refuse('pins')
  return new Map(found.map((key) => [key.kid, key]))
}

/** The pinned key that a token names; the signature is still to be checked with it. */
export function pinned(token: string, known: Keys): PublicJwk {
  return known.get(peek(token).header.kid) ?? refuse('key')
}

// -- statements of others ------------------------------------------------------------------------------------

/** The identity issuer's word that this vault, with this SIG, belongs to who signed in. */
export async function checkPerson(token: string, pins: Pins, vlt: string, jkt: string): Promise<Attested> {
  const person = await verifyPerson(token, pinned(token, pins.identity))
  return person.vlt === vlt && person.jkt === jkt ? person : refuse('person')
}

/** Consent's acknowledgement that this statement is entered (`sid` null: a stop by sign-in alone). */
export async function checkReceipt(token: string, pins: Pins, vlt: string, sid: string | null): Promise<Receipt> {
  const receipt = await verifyReceipt(token, pinned(token, pins.consent))
  return receipt.vlt === vlt && receipt.sid === sid ? receipt : refuse('receipt')
}

/** A consent receipt about this vault. */
export async function checkConsentReceipt(token: string, pins: Pins, vlt: string): Promise<ConsentReceipt> {
  const receipt = await verifyConsentReceipt(token, pinned(token, pins.consent))
  return receipt.vlt === vlt ? receipt : refuse('receipt')
}

/** A directory statement as consent answers it. */
export interface LoggedStatement extends Stated {
  readonly team: string
  readonly suspended: boolean
  readonly listing: Stated | null
}

/** A statement of the directory with its log entry and proof. */
interface Stated {
  readonly statement: string
  readonly event: string
  readonly nonce: string
  readonly proof: string
}

/** An organisation's or team's keys as the directory states them, valid now and 72 hours in the log. */
export async function checkOrganisationKeys(
  logged: LoggedStatement,
  pins: Pins,
  sub: string,
  now: number,
): Promise<Organisation> {
  const found = await verifyOrganisation(logged.statement, pinned(logged.statement, pins.directory))
  if (found.sub !== sub) refuse('organisation')
  const { event, nonce, proof } = logged
  await checkCurrent(found, { event, nonce, proof }, pins.log, now)
  return found
}

/** How a team is shown as the directory states it, valid now and 72 hours in the log; null where none of that holds:
 * then its own short id is all there is to show. */
export async function checkListing(told: Stated | null, pins: Pins, sub: string, now: number): Promise<Listing | null> {
  if (!told) return null
  try {
    const found = await verifyListing(told.statement, pinned(told.statement, pins.directory))
    const { event, nonce, proof } = told
    await checkCurrent(found, { event, nonce, proof }, pins.log, now)
    return found.sub === sub ? found : null
  } catch (error) {
    if (error instanceof FormatError) return null
    throw error
  }
}

// -- the log -------------------------------------------------------------------------------------------------

/** A line as consent tells it. An erased one has neither event nor nonce. */
export interface ToldLine {
  readonly n: number
  readonly event: string | null
  readonly nonce: string | null
  readonly proof: string
}

/** The whole list of a vault's lines (in any order), oldest first: each in the log, none missing. Numbers run from 0
 * without a gap and each line names the entry before it. An erased line keeps its number; what follows it still names
 * its entry, so only the line itself is lost. */
export async function checkLines(told: readonly ToldLine[], pins: Pins, vlt: string): Promise<Logged[]> {
  const found: Logged[] = []
  let before: string | null = null
  for (const [expected, line] of [...told].sort((a, b) => a.n - b.n).entries()) {
    if (line.n !== expected) refuse('gap')
    if (line.event === null) {
      before = '' // not known any more: whatever the next line names
      continue
    }
    const { event, nonce, proof } = line
    const logged = await verifyLook({ event, nonce, proof }, pins.log, false)
    const { vlt: whose, n, prev } = logged.event
    if (whose !== vlt || n !== expected || (before !== '' && before !== prev)) refuse('chain')
    before = b64u(logged.entry)
    found.push(logged)
  }
  return found
}

/** Neighbours to be compared, per log from small to large. Two of one size must agree at once. */
export async function steps(checkpoints: readonly Checkpoint[]): Promise<[Checkpoint, Checkpoint][]> {
  const pairs: [Checkpoint, Checkpoint][] = []
  const last = new Map<string, Checkpoint>()
  for (const one of [...checkpoints].sort((a, b) => a.size - b.size)) {
    const older = last.get(one.origin)
    if (older?.size === one.size) await checkGrowth(older, one, [])
    else if (older && older.size > 0) pairs.push([older, one])
    last.set(one.origin, one)
  }
  return pairs
}

/** Refuses unless the log only grew between two checkpoints. `hashes`: base64url. */
export async function checkStep(older: Checkpoint, newer: Checkpoint, hashes: readonly string[]): Promise<void> {
  await checkGrowth(older, newer, hashes.map(unb64u))
}
