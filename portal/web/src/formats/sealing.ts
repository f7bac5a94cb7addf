// SPDX-License-Identifier: EUPL-1.2
// Sealing and opening: compact JWE, one recipient, A256GCM. With attachment.ts and slots.ts the only code that can read
// a record. Every sealed thing says in its header where it belongs, authenticated with the text; opening compares it
// with the place that was asked for and with what lies inside, and only then looks at the author's signature. Whatever
// is wrong, the answer is one and the same FormatError. Mirrors formats/sealing.py; formats.md section 3.
//
//     record   DK           single    grantee's ENC      keyring  RK              slot   a slot's key
//     deposit  BOX          envelope  grantee's ENC      share    trustee's ENC      team key  member's ENC
import { type Author, type Record, peekRecord, verifyRecord } from './authorship.ts'
import { DEPOSIT } from './deposit.ts'
import { ENVELOPE, KEYRING, SHARE, SLOT, type SlotType, envelopePlace, ringPlace } from './envelope.ts'
import { type PrivateJwk, importPrivate, privateEc, publicHalf } from './jose.ts'
import { type Header, headerFor, openAt, publicKey, sealCompact } from './jwe.ts'
import {
  type EpochKeys,
  type EpochSecrets,
  type Keyring,
  epochKeys,
  epochSecrets,
  keyringJson,
  keyringKey,
  readKeyring,
  wrapping,
} from './keyring.ts'
import { pad, readPadded } from './padding.ts'
import { AUTHORED, RECORD, SINGLE, TO_KEY, WRAPPED } from './record.ts'
import { slotKey } from './slots.ts'
import { TEAM_KEY, type TeamKeyPlace, checkSubject } from './team.ts'
import {
  type Bytes,
  FormatError,
  H,
  type PublicJwk,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkTeam,
  dumpJson,
  parseJson,
  publicEc,
  refuse,
  utf8,
} from './spelling.ts'

/** Where a record lies. */
export interface At {
  readonly vlt: string
  readonly drw: string
  readonly rid: string
  readonly ver: number
}

/** Every way it can be wrong becomes the same error, without a cause to read. */
async function opening<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FormatError) refuse('this does not open here')
    throw error
  }
}

// -- records -------------------------------------------------------------------------------------------------

/** An author's JWS under DK: a record. Filing a deposit and sealing old records again take the same JWS. */
export async function sealRecord(jws: string, epoch: EpochKeys): Promise<string> {
  const record = await peekRecord(jws)
  if (record.drw !== epoch.drw) refuse('place')
  return sealCompact(recordHeader(RECORD, epoch.kid, record), utf8(jws), epoch.dk)
}

/** The record at this place, sealed in this epoch, with its author's signature verified. */
export function openRecord(jwe: string, epoch: EpochKeys, author: Author, at: At): Promise<Record> {
  return opening(async () => {
    if (at.drw !== epoch.drw) refuse('place')
    return read(await openAt(jwe, recordHeader(RECORD, epoch.kid, at), epoch.dk), author, at)
  })
}

/** A source's JWS (always version 1) to the public BOX of a drawer's newest epoch. Nobody who seals it can open it. */
export async function sealDeposit(jws: string, box: PublicJwk): Promise<string> {
  const record = await peekRecord(jws)
  if (record.ver !== 1) refuse('version')
  return sealCompact(recordHeader(DEPOSIT, box.kid, record), utf8(jws), await publicKey(box))
}

/** The deposit at this place, sealed to this epoch's BOX, with its author's signature verified. */
export function openDeposit(jwe: string, epoch: EpochKeys, author: Author, at: Omit<At, 'ver'>): Promise<Record> {
  return opening(async () => {
    if (at.drw !== epoch.drw || epoch.box === null) refuse('place')
    const place = { ...at, ver: 1 }
    return read(await openAt(jwe, recordHeader(DEPOSIT, epoch.box.jwk.kid, place), epoch.box.key), author, place)
  })
}

/** One record, at this version, to a grantee's public ENC: no drawer key goes along. */
export async function sealSingle(jws: string, enc: PublicJwk, gnt: string): Promise<string> {
  const record = await peekRecord(jws)
  return sealCompact(recordHeader(SINGLE, enc.kid, record, checkId(gnt)), utf8(jws), await publicKey(enc))
}

/** The single that a grant names with hash `h`, opened with the grantee's private ENC. */
export function openSingle(
  jwe: string,
  enc: PrivateJwk,
  author: Author,
  at: At & { readonly gnt: string; readonly h: string },
): Promise<Record> {
  return opening(async () => {
    if ((await H(jwe)) !== at.h) refuse('hash')
    const header = recordHeader(SINGLE, enc.kid, at, checkId(at.gnt))
    return read(await openAt(jwe, header, await importPrivate(enc, 'enc')), author, at)
  })
}

function recordHeader(typ: string, kid: string, at: At, gnt?: string): Header {
  const place = { cty: AUTHORED, vlt: at.vlt, drw: at.drw, rid: at.rid, ver: at.ver }
  return headerFor(typ === RECORD ? WRAPPED : TO_KEY, typ, kid, gnt === undefined ? place : { ...place, gnt })
}

async function read(jws: Bytes, author: Author, at: At): Promise<Record> {
  if (jws.some((byte) => byte > 127)) refuse('token')
  const token = new TextDecoder().decode(jws)
  const inside = await peekRecord(token)
  if (inside.vlt !== at.vlt || inside.drw !== at.drw || inside.rid !== at.rid || inside.ver !== at.ver) refuse('place')
  return verifyRecord(token, author)
}

// -- envelopes: the keys of one epoch, to one grantee --------------------------------------------------------

/** DK and BOX of an epoch to a grantee's public ENC. Of a closed epoch whose BOX was destroyed: DK alone. Its H goes
 * into `env` of the grant or epoch statement; without that it opens nothing. */
export async function sealEnvelope(epoch: EpochSecrets, enc: PublicJwk, vlt: string, gnt: string): Promise<string> {
  const header = envelopeHeader(enc.kid, vlt, epoch.drw, epoch.ep, gnt)
  const keys = epoch.box === null ? [epoch.dk] : [epoch.dk, epoch.box]
  return sealCompact(header, dumpJson({ keys }), await publicKey(enc))
}

/** What a person signed about an epoch, and where the envelope belongs. */
export interface EnvelopeAt {
  readonly vlt: string
  readonly drw: string
  readonly ep: number
  readonly gnt: string
  readonly env: readonly string[]
  readonly dkc: string
  readonly box: PublicJwk
}

/** The keys of one epoch, as the person signed them: the envelope is named in `env`, and what lies inside fits `dkc`
 * and `box`. */
export function openEnvelope(jwe: string, enc: PrivateJwk, at: EnvelopeAt): Promise<EpochSecrets> {
  return opening(async () => {
    if (!at.env.includes(await H(jwe))) refuse('hash')
    const header = envelopeHeader(enc.kid, at.vlt, at.drw, at.ep, at.gnt)
    const members = parseJson(await openAt(jwe, header, await importPrivate(enc, 'enc')))
    const [dk, box = null, ...more] = checkList(checkMembers(members, ['keys']).keys, 2)
    if (more.length || (box === null && checkList(members.keys).length !== 1)) refuse('keys')
    const epoch = await epochSecrets(at.drw, at.ep, dk, box)
    if ((await epochKeys(epoch)).dkc !== at.dkc) refuse('keys')
    if (epoch.box && epoch.box.kid !== (await publicEc(publicHalf(at.box), 'enc')).kid) refuse('keys')
    return epoch
  })
}

/** An envelope that its grantee keeps, sealed to another key of the same grantee: at a change of keys. What lies in it was
 * checked when it came, and is again whenever it is used; here only that it opens at its own place. */
export function resealEnvelope(jwe: string, enc: PrivateJwk, to: PublicJwk): Promise<string> {
  return opening(async () => {
    const { vlt, drw, ep, gnt } = envelopePlace(jwe)
    const payload = await openAt(jwe, envelopeHeader(enc.kid, vlt, drw, ep, gnt), await importPrivate(enc, 'enc'))
    const [dk, box = null] = checkList(checkMembers(parseJson(payload), ['keys']).keys, 2)
    return sealEnvelope(await epochSecrets(drw, ep, dk, box), to, vlt, gnt)
  })
}

function envelopeHeader(kid: string, vlt: string, drw: string, ep: number, gnt: string): Header {
  return headerFor(TO_KEY, ENVELOPE, kid, { cty: 'jwk-set+json', vlt, drw, ep, gnt })
}

// -- the person's own: keyring, slot, share ------------------------------------------------------------------

/** The keyring under its key (from RK). It is stored before any statement uses a key that is new in it. */
export function sealKeyring(keyring: Keyring, key: CryptoKey): Promise<string> {
  const header = headerFor(WRAPPED, KEYRING, 'ring', { vlt: keyring.vlt, seq: keyring.seq })
  return sealCompact(header, dumpJson(pad(keyringJson(keyring))), key)
}

/** The key of a keyring, that cannot be read out. */
export async function ringKey(rk: Bytes): Promise<CryptoKey> {
  return wrapping(await keyringKey(rk))
}

/** The keyring of a vault. `least`: the highest `seq` this device knows, from itself or any statement's `ring`. */
export function openKeyring(jwe: string, key: CryptoKey, vlt: string, least: number): Promise<Keyring> {
  return opening(async () => {
    const seq = checkInt(ringPlace(jwe).seq, least)
    const payload = await openAt(jwe, headerFor(WRAPPED, KEYRING, 'ring', { vlt, seq }), key)
    return readKeyring(readPadded(payload), vlt, seq)
  })
}

/** Which slot of which vault. */
export interface SlotAt {
  readonly vlt: string
  readonly slot: string
  readonly kind: SlotType
}

/** RK under the key that `secret` gives for a slot; see slots.ts for the four types. */
export async function sealSlot(rk: Bytes, secret: Bytes, at: SlotAt): Promise<string> {
  if (rk.length !== 32) refuse('key')
  return sealCompact(slotHeader(at), rk, await wrapping(await slotKey(secret, at.slot, at.kind)))
}

/** RK. A wrong secret fails the key wrap's own check. */
export function openSlot(jwe: string, secret: Bytes, at: SlotAt): Promise<Bytes> {
  return opening(async () => {
    const rk = await openAt(jwe, slotHeader(at), await wrapping(await slotKey(secret, at.slot, at.kind)))
    return rk.length === 32 ? rk : refuse('key')
  })
}

function slotHeader(at: SlotAt): Header {
  return headerFor(WRAPPED, SLOT, checkId(at.slot), { vlt: at.vlt, slot: at.kind })
}

/** One trustee's share (33 bytes) to a public ENC: theirs, or later the new device's. */
export async function sealShare(share: Bytes, enc: PublicJwk, at: { vlt: string; slot: string }): Promise<string> {
  if (share.length !== 33) refuse('share')
  return sealCompact(shareHeader(enc.kid, at), share, await publicKey(enc))
}

/** The 33 bytes of a share, opened with the private key it was sealed to. */
export function openShare(jwe: string, enc: PrivateJwk, at: { vlt: string; slot: string }): Promise<Bytes> {
  return opening(async () => {
    const share = await openAt(jwe, shareHeader(enc.kid, at), await importPrivate(enc, 'enc'))
    return share.length === 33 ? share : refuse('share')
  })
}

function shareHeader(kid: string, at: { vlt: string; slot: string }): Header {
  return headerFor(TO_KEY, SHARE, kid, { vlt: at.vlt, for: checkId(at.slot) })
}

// -- a team's key: one copy for each member ------------------------------------------------------------------

/** A team's private keys. */
export interface TeamSecrets {
  readonly enc: PrivateJwk
  readonly sig: PrivateJwk
}

type TeamKeyAt = Omit<TeamKeyPlace, 'kid'>

/** A team's private ENC and SIG to a member's public ENC. `seq`: the list that names the member. Who seals it is not in
 * it: a copy counts only because a signed list names the key inside. */
export async function sealTeamKey({ enc, sig }: TeamSecrets, to: PublicJwk, at: TeamKeyAt): Promise<string> {
  const keys = [await privateEc(enc, 'enc'), await privateEc(sig, 'sig')]
  return sealCompact(teamHeader(to.kid, at), dumpJson({ keys }), await publicKey(to))
}

/** ENC and SIG of a team, opened with the member's private ENC. `jkt`: the team's key as list `seq` of the checked chain
 * names it; another key than that one is refused, whoever sealed it. */
export function openTeamKey(jwe: string, own: PrivateJwk, at: TeamKeyAt & { readonly jkt: string }): Promise<TeamSecrets> {
  return opening(async () => {
    const payload = await openAt(jwe, teamHeader(own.kid, at), await importPrivate(own, 'enc'))
    const [enc, sig, ...more] = checkList(checkMembers(parseJson(payload), ['keys']).keys, 2)
    if (more.length) refuse('keys')
    const found = { enc: await privateEc(enc, 'enc'), sig: await privateEc(sig, 'sig') }
    return found.enc.kid === checkHash(at.jkt) ? found : refuse('keys')
  })
}

function teamHeader(kid: string, { iss, seq, sub }: TeamKeyAt): Header {
  return headerFor(TO_KEY, TEAM_KEY, kid, { cty: 'jwk-set+json', iss: checkTeam(iss), seq, sub: checkSubject(sub) })
}
