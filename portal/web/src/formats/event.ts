// SPDX-License-Identifier: EUPL-1.2
// Events of the log: who looked, what was signed, what was stopped. Hashed as the bytes written. A `look` is the object
// `{"event", "nonce", "proof"}`: an entry with its proof. Mirrors the checking half of formats/event.py.
import { type Checkpoint, entry, readProof, shardSpan } from './checkpoint.ts'
import type { LogPolicy } from './policy.ts'
import {
  type Bytes,
  type Claims,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkParty,
  checkText,
  orNull,
  parseJson,
  refuse,
  unb64u,
} from './spelling.ts'
import { leaf, verifyInclusion } from './tree.ts'

const BEGIN = ['t', 'vlt', 'n', 'prev', 'at']
const MAX_EVENT = 262_144 // bytes

/** An event: its type, whose (null: about no vault), its number for that vault, the entry before, the time (seconds);
 * `claims` holds all members. */
export interface Event {
  readonly data: Bytes
  readonly t: string
  readonly vlt: string | null
  readonly n: number | null
  readonly prev: string | null
  readonly at: number
  readonly claims: Claims
}

/** An event that a proof showed to be in the log, at `index` under `origin`. */
export interface Logged {
  readonly origin: string
  readonly index: number
  readonly entry: Bytes
  readonly event: Event
  readonly checkpoint: Checkpoint
}

/** The event behind its bytes; refuses unknown types and members. */
export function readEvent(data: Bytes): Event {
  if (data.length > MAX_EVENT) refuse('event')
  const claims = parseJson(data)
  const t = checkOneOf(claims.t, Object.keys(SHAPES))
  const { names, check } = SHAPES[t]!
  checkMembers(claims, [...BEGIN, ...names])
  const vlt = orNull(checkId, claims.vlt), n = orNull(checkInt, claims.n), prev = orNull(checkHash, claims.prev)
  const noVault = ['org', 'catalogue', 'bundle'].includes(t)
  // A refusal may concern no vault that exists: a grant nobody knows.
  if (vlt === null ? !(noVault || t === 'refused') || n !== null || prev !== null : noVault || n === null) {
    refuse('event')
  }
  if (vlt !== null && (prev === null) !== (n === 0)) refuse('event')
  check(claims)
  return { data, t, vlt, n, prev, at: checkInt(claims.at), claims }
}

/** The event of a look, recomputed and found in the log. The proof is checked each time. `witnessed`: whether the
 * quorum must have cosigned. */
export async function verifyLook(look: unknown, policy: LogPolicy, witnessed: boolean): Promise<Logged> {
  const given = checkMembers(look, ['event', 'nonce', 'proof'])
  const data = unb64u(given.event), nonce = unb64u(given.nonce), proof = readProof(given.proof)
  const checkpoint = await (witnessed ? policy.witnessed(proof.note) : policy.checkpoint(proof.note))
  const value = await entry(nonce, data)
  await verifyInclusion(proof.index, checkpoint.size, await leaf(value), proof.hashes, checkpoint.root)
  const event = readEvent(data)
  const { starts, ends } = shardSpan(checkpoint.origin)
  if (event.at < starts || event.at >= ends) refuse('event')
  return { origin: checkpoint.origin, index: proof.index, entry: value, event, checkpoint }
}

// -- shapes --------------------------------------------------------------------------------------------------

function refused(claims: Claims): void {
  checkParty(claims.by)
  checkHash(claims.emp)
  orNull(checkId, claims.gnt)
  checkText(claims.why, 60)
}

function look(claims: Claims): void {
  checkParty(claims.by)
  checkHash(claims.emp)
  checkId(claims.gnt)
  checkHash(claims.sid)
  const deposit = claims.t === 'deposit'
  const drawers = checkList(claims.drw, 200).map((one) => drawer(one, deposit))
  if (!drawers.length || new Set(drawers).size !== drawers.length || (deposit && drawers.length !== 1)) refuse('event')
  for (const one of orNull((value) => checkList(value, 200), claims.head) ?? []) {
    const head = checkMembers(one, ['drw', 'n', 'h'])
    checkId(head.drw)
    checkInt(head.n)
    checkHash(head.h)
  }
}

function drawer(value: unknown, deposit: boolean): string {
  const given = checkMembers(value, ['id', 'ep', 'rid'])
  const epochs = checkList(given.ep).map((ep) => checkInt(ep, 1))
  const records = orNull((rid) => checkList(rid).map(checkId), given.rid)
  if (epochs.some((ep, at) => at > 0 && epochs[at - 1]! >= ep)) refuse('event')
  if (records && new Set(records).size !== records.length) refuse('event')
  if (deposit && (epochs.length || records?.length !== 1)) refuse('event')
  return checkId(given.id)
}

function published(claims: Claims): void {
  checkHash(claims.sid)
  checkText(claims.sub)
}

const LOOK = ['by', 'emp', 'gnt', 'sid', 'drw', 'head']
const SHAPES: { readonly [t: string]: { names: readonly string[]; check: (claims: Claims) => void } } = {
  read: { names: LOOK, check: look },
  deposit: { names: LOOK, check: look },
  refused: { names: ['by', 'emp', 'gnt', 'why'], check: refused },
  statement: {
    names: ['sid', 'typ'],
    check: (claims) => {
      checkHash(claims.sid)
      checkText(claims.typ, 60)
    },
  },
  stop: {
    names: ['by', 'gnt', 'sid'],
    check: (claims) => {
      checkParty(claims.by)
      checkId(claims.gnt)
      orNull(checkHash, claims.sid)
    },
  },
  recover: {
    names: ['slot', 'step'],
    check: (claims) => {
      checkId(claims.slot)
      checkOneOf(claims.step, ['asked', 'released', 'stopped'])
    },
  },
  org: { names: ['sid', 'sub'], check: published },
  catalogue: { names: ['sid', 'sub'], check: published },
  bundle: {
    names: ['sha384', 'git', 'builders'],
    check: (claims) => {
      const builders = checkList(claims.builders, 20)
      if (unb64u(claims.sha384).length !== 48 || !builders.length) refuse('event')
      checkText(claims.git, 64)
      for (const builder of builders) checkText(builder)
    },
  },
}
