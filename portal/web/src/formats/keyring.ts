// SPDX-License-Identifier: EUPL-1.2
// The keyring: every key a person has, as one value. And the keys of one epoch of a drawer. RK opens the keyring; the
// keyring opens everything else. `sealing.ts` seals them. Mirrors formats/keyring.py.
//
// Two faces of one epoch: `EpochSecrets` are the JWKs as the keyring holds them, there only while a keyring or an
// envelope is written; `EpochKeys` are for daily work, and cannot be read out of the browser.
import {
  type PrivateJwk,
  type SymmetricJwk,
  checkSymmetric,
  importPrivate,
  newSealingKey,
  newSigningKey,
  privateEc,
  publicHalf,
  symmetric,
} from './jose.ts'
import { hkdf } from './slots.ts'
import {
  type Bytes,
  type Claims,
  H,
  type PublicJwk,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkText,
  join,
  refuse,
} from './spelling.ts'

/** The key under which the keyring lies, from RK (32 bytes). */
export function keyringKey(rk: Bytes): Promise<Bytes> {
  return rk.length === 32 ? hkdf(rk, 'vault/v1/keyring') : refuse('key')
}

/** What the keys of files on their way are made from, from RK (32 bytes): only she can make them, and makes the same again
 * (device/attachments.ts). Nobody else has to know how, since the key itself lies in the record. */
export function sendingKey(rk: Bytes): Promise<Bytes> {
  return rk.length === 32 ? hkdf(rk, 'vault/v1/sending') : refuse('key')
}

/** `dkc`: what a signed epoch statement says of DK, so that nobody can be handed another one. */
export function dkCommit(dk: Bytes): Promise<string> {
  return dk.length === 32 ? H(join('vault/v1/dk-commit\0', dk)) : refuse('key')
}

/** DK and BOX of one epoch as they are kept. `box` is null once its private half was destroyed. */
export interface EpochSecrets {
  readonly drw: string
  readonly ep: number
  readonly dk: SymmetricJwk
  readonly box: PrivateJwk | null
}

/** DK and BOX of one epoch for daily work. */
export interface EpochKeys {
  readonly drw: string
  readonly ep: number
  readonly kid: string
  readonly dk: CryptoKey
  readonly dkc: string
  readonly box: { readonly key: CryptoKey; readonly jwk: PublicJwk } | null
}

/** An epoch's secrets, checked against each other's names. */
export async function epochSecrets(drw: unknown, ep: unknown, dk: unknown, box: unknown): Promise<EpochSecrets> {
  const place = { drw: checkId(drw), ep: checkInt(ep, 1) }
  checkSymmetric(dk)
  const jwk = dk as SymmetricJwk
  if (jwk.kid !== `${place.drw}.e${place.ep}`) refuse('key')
  return { ...place, dk: jwk, box: box === null ? null : await privateEc(box, 'enc') }
}

/** Fresh DK and BOX for epoch `ep` (from 1) of a drawer. */
export async function newEpoch(drw: string, ep: number): Promise<EpochSecrets> {
  const dk = symmetric(crypto.getRandomValues(new Uint8Array(32)), `${drw}.e${ep}`)
  return { drw, ep, dk, box: await newSealingKey() }
}

/** An epoch's keys, made fit for daily work. */
export async function epochKeys(secrets: EpochSecrets): Promise<EpochKeys> {
  const raw = checkSymmetric(secrets.dk)
  const box = secrets.box && { key: await importPrivate(secrets.box, 'enc'), jwk: publicHalf(secrets.box) }
  return { drw: secrets.drw, ep: secrets.ep, kid: secrets.dk.kid, dk: await wrapping(raw), dkc: await dkCommit(raw), box }
}

/** 32 bytes as an A256KW key that cannot be read out. */
export async function wrapping(raw: Bytes): Promise<CryptoKey> {
  if (raw.length !== 32) refuse('key')
  return crypto.subtle.importKey('raw', raw, 'AES-KW', false, ['wrapKey', 'unwrapKey'])
}

/** A drawer's keys: its category and its epochs, oldest first. */
export interface KeyringDrawer {
  readonly id: string
  readonly cat: string
  readonly eps: readonly EpochSecrets[]
}

/** SIG, ENC and the epochs of all drawers of one vault, at version `seq` (from 1). */
export interface Keyring {
  readonly vlt: string
  readonly seq: number
  readonly sig: PrivateJwk
  readonly enc: PrivateJwk
  readonly drawers: readonly KeyringDrawer[]
}

/** The first keyring of a vault: `seq` 1, fresh SIG and ENC, no drawer yet. */
export async function newKeyring(vlt: string): Promise<Keyring> {
  return { vlt, seq: 1, sig: await newSigningKey(), enc: await newSealingKey(), drawers: [] }
}

/** A drawer of a keyring. */
export function drawerOf(keyring: Keyring, drw: string): KeyringDrawer {
  return keyring.drawers.find((one) => one.id === drw) ?? refuse('no such drawer')
}

/** The next version: one drawer more. */
export function withDrawer(keyring: Keyring, cat: string, first: EpochSecrets): Keyring {
  if (keyring.drawers.some((one) => one.id === first.drw)) refuse('keyring')
  const drawer = { id: first.drw, cat: checkText(cat), eps: [first] }
  return { ...keyring, seq: keyring.seq + 1, drawers: [...keyring.drawers, drawer] }
}

/** The next version: a drawer's next epoch (its `ep` one higher). */
export function withEpoch(keyring: Keyring, epoch: EpochSecrets): Keyring {
  const { eps } = drawerOf(keyring, epoch.drw)
  if (epoch.ep !== eps.at(-1)!.ep + 1) refuse('epoch')
  return replaced(keyring, epoch.drw, [...eps, epoch])
}

/** The next version, in which a closed, emptied epoch can receive nothing any more: its private BOX is destroyed. */
export function withoutBox(keyring: Keyring, drw: string, ep: number): Keyring {
  const { eps } = drawerOf(keyring, drw)
  if (ep === eps.at(-1)!.ep || !eps.some((one) => one.ep === ep)) refuse('epoch')
  return replaced(keyring, drw, eps.map((one) => (one.ep === ep ? { ...one, box: null } : one)))
}

function replaced(keyring: Keyring, drw: string, eps: readonly EpochSecrets[]): Keyring {
  const drawers = keyring.drawers.map((one) => (one.id === drw ? { ...one, eps } : one))
  return { ...keyring, seq: keyring.seq + 1, drawers }
}

/** `{"sig", "enc", "drawers": [{"id", "cat", "eps": [{"ep", "dk", "box"}]}]}`: secret, to be padded and sealed. */
export function keyringJson(keyring: Keyring): Claims {
  const drawers = keyring.drawers.map(({ id, cat, eps }) => ({
    id,
    cat,
    eps: eps.map(({ ep, dk, box }) => ({ ep, dk, box })),
  }))
  return { sig: keyring.sig, enc: keyring.enc, drawers }
}

/** A keyring from its JSON (without `pad`), every key checked. */
export async function readKeyring(members: Claims, vlt: string, seq: number): Promise<Keyring> {
  const given = checkMembers(members, ['sig', 'enc', 'drawers'])
  const drawers: KeyringDrawer[] = []
  for (const one of checkList(given.drawers)) {
    const { id, cat, eps } = checkMembers(one, ['id', 'cat', 'eps'])
    const epochs = await Promise.all(
      checkList(eps).map((value) => {
        const { ep, dk, box } = checkMembers(value, ['ep', 'dk', 'box'])
        return epochSecrets(id, ep, dk, box)
      }),
    )
    if (!epochs.length || epochs.some((epoch, at) => at > 0 && epochs[at - 1]!.ep >= epoch.ep)) refuse('keyring')
    drawers.push({ id: checkId(id), cat: checkText(cat), eps: epochs })
  }
  if (new Set(drawers.map((one) => one.id)).size !== drawers.length) refuse('keyring')
  const sig = await privateEc(given.sig, 'sig'), enc = await privateEc(given.enc, 'enc')
  return { vlt: checkId(vlt), seq: checkInt(seq, 1), sig, enc, drawers }
}
