// SPDX-License-Identifier: EUPL-1.2
// Making a member's own keys, and opening them again: the same ways in as a person's, kept by the desk's own server, which
// opens none of them. Mirrors src/device/unlocking.ts.
import type { SlotType } from '../formats/envelope.ts'
import { openSlot } from '../formats/sealing.ts'
import { chooseWords, newCode, newKdf, passSecret, readCode } from '../formats/slots.ts'
import { type Bytes, FormatError, newId, unb64u } from '../formats/spelling.ts'
import { type Passkey, signCard, verifyFirstCard } from '../formats/statement.ts'
import { NoPrf, NotProven, Refused } from '../device/errors.ts'
import { now } from '../device/http.ts'
import { late } from '../device/late.ts'
import { make as makePasskey, touch } from '../device/passkeys.ts'
import type { Way } from '../device/shapes.ts'
import { MemberKeys } from './keys.ts'
import { type Slot, ask, get, items, send } from './server.ts'

/** Own keys that are being made: kept until they are whole, so that a second try sends the same again. */
export interface Begun {
  readonly keys: MemberKeys
  readonly slots: readonly Slot[]
  readonly passkeys: readonly Passkey[]
  readonly words: string
  readonly secret: Bytes
  card: string | null
}

/** A passkey that gives no secret, made a moment ago. */
let touching: Passkey[] = []

/** Begins own keys with their first way in, and a code. Nothing is at the server yet, but (words) for a pepper. */
export async function begin(first: 'passkey' | 'words', name: string): Promise<Begun> {
  const keys = await MemberKeys.fresh(newId())
  const secret = newCode()
  const begun: Begun = { keys, slots: [], passkeys: [], words: '', secret, card: null }
  const code = await keys.slot(secret, newId(), 'code')
  if (first === 'words') return { ...begun, slots: [code], words: await newWords(), passkeys: touching }
  const made = await makePasskey(keys.ring, name, [])
  if (made.secret === null) {
    touching = [made.passkey]
    throw new NoPrf()
  }
  const slot = await keys.slot(made.secret, newId(), 'prf')
  made.secret.fill(0)
  return { ...begun, slots: [slot, code], passkeys: [made.passkey] }
}

/** Introduces the keys, stores slots and keyring. All of it may be repeated. `name`: as colleagues see it. */
export async function make(begun: Begun, name: string): Promise<MemberKeys> {
  const { keys } = begun
  const slots = [...begun.slots]
  const words = begun.words === '' ? null : newId()
  if (begun.card === null) {
    const link = { iss: `vault:${keys.ring}`, seq: 0, prv: null, iat: now(), ring: 0 }
    const ids = [...slots.map((one) => one.id), ...(words === null ? [] : [words])]
    begun.card = await signCard(keys.sig, link, { sig: keys.sig.jwk, enc: keys.publicEnc, passkeys: begun.passkeys, slots: ids })
  }
  await send('POST', '/rings', { card: begun.card, name })
  // The pepper belongs to the ring: so words become a slot only now.
  if (words !== null) slots.push(await wordsSlot(keys, begun.words, words))
  for (const slot of slots) await store(keys.ring, slot)
  await ask('PUT', `/rings/${keys.ring}/keyring`, { json: { jwe: keys.sealed } })
  touching = []
  return keys
}

/** The ways into the own keys. */
export function ways(ring: string): Promise<readonly Way[]> {
  return items<Way>(`/rings/${ring}/slots`, false)
}

/** Opens with a code from paper. Refused `wrong-code` when it opens no slot. */
export async function withCode(ring: string, code: string, least: number): Promise<MemberKeys> {
  let secret: Bytes
  try {
    secret = readCode(code)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new Refused('wrong-code', 'This is no whole code: look at it again.')
  }
  return open(ring, 'code', () => Promise.resolve(secret), least)
}

/** Opens with a passkey of this device. */
export async function withPasskey(ring: string, least: number): Promise<MemberKeys> {
  const { secret } = await touch(ring, null, [])
  if (secret === null) throw new NoPrf()
  return open(ring, 'prf', () => Promise.resolve(secret), least)
}

/** Opens with the machine's words. */
export async function withWords(ring: string, words: string, least: number): Promise<MemberKeys> {
  let pepper: Bytes | null = null
  return open(ring, 'pass', async (slot) => passSecret(words, slot.kdf, (pepper ??= await takePepper(ring))), least)
}

async function open(ring: string, type: SlotType, secretOf: (slot: Slot) => Promise<Bytes>, least: number): Promise<MemberKeys> {
  for (const slot of await items<Slot>(`/rings/${ring}/slots`, false)) {
    if (slot.type !== type) continue
    let rk: Bytes
    try {
      rk = await openSlot(slot.jwe, await secretOf(slot), { vlt: ring, slot: slot.id, kind: type })
    } catch (error) {
      if (error instanceof FormatError) continue
      throw error
    }
    try {
      const { jwe } = await get<{ jwe: string }>(`/rings/${ring}/keyring`)
      const keys = await MemberKeys.open(ring, rk, jwe, least)
      const card = await verifyFirstCard((await get<{ card: string }>(`/rings/${ring}`)).card)
      if (card.vlt === ring && card.claims.sig.kid === keys.sig.jwk.kid && card.claims.enc.kid === keys.enc.kid) return keys
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
    throw new NotProven('keyring', 'the desk gave other keys than the ones that were made')
  }
  throw new Refused('wrong-code', 'This opens nothing.')
}

/** A passkey of this device as another way in. */
export async function addPasskey(keys: MemberKeys, name: string): Promise<void> {
  const made = await makePasskey(keys.ring, name, [])
  if (made.secret === null) throw new NoPrf()
  await store(keys.ring, await keys.slot(made.secret, newId(), 'prf'))
}

/** Words as another way in; answers them. */
export async function addWords(keys: MemberKeys): Promise<string> {
  const words = await newWords()
  await store(keys.ring, await wordsSlot(keys, words, newId()))
  return words
}

/** A code as another way in, once it was typed back. */
export async function addCode(keys: MemberKeys, secret: Bytes): Promise<void> {
  await store(keys.ring, await keys.slot(secret, newId(), 'code'))
}

/** Takes a way in away. Refused when fewer than two would stay. */
export async function drop(ring: string, id: string): Promise<void> {
  await ask('DELETE', `/rings/${ring}/slots/${id}`)
}

async function store(ring: string, { id, type, kdf, jwe }: Slot): Promise<void> {
  await ask('PUT', `/rings/${ring}/slots/${id}`, { json: { type, kdf, jwe } })
}

async function newWords(): Promise<string> {
  const { dutchWords } = await late(() => import('../device/words.ts'))
  return chooseWords(dutchWords)
}

async function wordsSlot(keys: MemberKeys, words: string, id: string): Promise<Slot> {
  const kdf = newKdf()
  return keys.slot(await passSecret(words, kdf, await takePepper(keys.ring)), id, 'pass', kdf)
}

/** What the desk's server keeps for words: given after a sign-in, five times a day. */
async function takePepper(ring: string): Promise<Bytes> {
  return unb64u((await send<{ pepper: string }>('POST', `/rings/${ring}/peppers`)).pepper)
}
