// SPDX-License-Identifier: EUPL-1.2
// Moving in: what an export file holds, brought into an empty vault under the same pseudonym. The vault takes it because
// SIG, which lies in the export's own keyring, signs its challenge. Broken off, it can be begun again: what is there
// already stays. Grants stay behind. Mirrors kluisje/importing.py; vault.md section 4.
import { makeProof } from '../formats/dpop.ts'
import { RECORD } from '../formats/record.ts'
import { openSlot } from '../formats/sealing.ts'
import { readCode } from '../formats/slots.ts'
import { type Claims, FormatError, b64u, checkId, checkInt, checkString, parseJson, unb64u } from '../formats/spelling.ts'
import { CARD } from '../formats/statement.ts'
import { Archive, digestOf } from './archive.ts'
import { sendBlob } from './attachments.ts'
import type { Device } from './device.ts'
import { NotProven, Refused } from './errors.ts'
import { now } from './http.ts'
import { PersonKeys } from './keyring.ts'
import { moveIn } from './moving.ts'
import type { Progress } from './shapes.ts'

/** Brings an export file into the empty vault of who is signed in; one of another installation moves in here first, chain
 * and all. NotProven when it is another vault's, or not whole; Refused `wrong-code` when this code does not open it, and Refused when there is a vault already. `progress`: drawers brought, drawers in all. */
export async function importFile(device: Device, file: Blob, code: string, progress?: Progress): Promise<void> {
  const archive = await Archive.open(file)
  const vlt = checkId(archive.about.vlt)
  const keys = await openKeys(archive, vlt, code)
  try {
    if (vlt !== (await device.lookAgain())) {
      if (archive.about.origin === device.origin) throw new NotProven('archive', 'this export is of another vault')
      await moveIn(device, archive, keys)
    }
    await bring(device, archive, keys, progress)
  } finally {
    keys.wipe()
  }
  await device.forget() // the numbers of before were of the vault that was left
}

/** The keys in an export, opened with a code from paper. */
async function openKeys(archive: Archive, vlt: string, code: string): Promise<PersonKeys> {
  const ring = await archive.text('vault/keyring.jwe')
  for (const name of archive.names('vault/slots/')) {
    const slot = await archive.json(name)
    if (slot.type !== 'code') continue
    try {
      const at = { vlt, slot: checkString(slot.id), kind: 'code' } as const
      return await PersonKeys.open(vlt, await openSlot(checkString(slot.jwe), readCode(code), at), ring, 1)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
    }
  }
  throw new Refused('wrong-code', 'This code does not open the export.')
}

async function bring(device: Device, archive: Archive, keys: PersonKeys, progress?: Progress): Promise<void> {
  const running = await begin(device, archive, keys)
  for (const name of archive.names('vault/slots/')) {
    const { id, type, kdf, jwe } = await archive.json(name)
    await device.vault('PUT', `/slots/${checkString(id)}`, { json: { type, kdf, jwe } })
  }
  await device.vault('PUT', '/keyring', { json: { jwe: await archive.text('vault/keyring.jwe') } })
  const histories = archive.names('vault/drawers/').filter((name) => name.endsWith('/heads.jsonl'))
  const drawers: Claims[] = []
  for (const [at, name] of histories.entries()) {
    const drw = name.split('/')[2] ?? '', items = await archive.lines(name)
    await bringDrawer(device, archive, drw, items)
    drawers.push({ drawer: drw, items })
    progress?.(at + 1, histories.length)
  }
  await device.vault('POST', `/imports/${running}/completions`, { json: { drawers } })
}

async function begin(device: Device, archive: Archive, keys: PersonKeys): Promise<string> {
  const url = `${device.origin}/vault/v1/vaults/${device.vlt}/imports`
  const { challenge } = await (await device.vault('POST', '/challenges')).json<{ challenge: string }>()
  const proof = await makeProof(keys.sig, 'POST', url, now(), challenge)
  const chain = (await archive.lines('consent/statements.jsonl')).map((one) => one.statement)
  chain.push(...(await cardOfTheMove(device, chain.length)))
  return (await (await device.vault('POST', '/imports', { json: { chain, challenge, proof } })).json<{ id: string }>()).id
}

/** The card with which she moved in here, if the statement behind those of the file is one. */
async function cardOfTheMove(device: Device, seq: number): Promise<string[]> {
  const told = await device.items<{ seq: number; typ: string; statement: string }>('consent', '/statements')
  return told.filter((one) => one.seq === seq && one.typ === CARD).map((one) => one.statement)
}

/** The records that live, in the order in which they came, each after its attachments. */
async function bringDrawer(device: Device, archive: Archive, drw: string, changes: readonly Claims[]): Promise<void> {
  const live = new Map<string, Set<number>>()
  for (const change of changes) {
    const rid = checkString(change.rid)
    if (change.op === 'del') live.delete(rid)
    else live.set(rid, (live.get(rid) ?? new Set()).add(checkInt(change.ver, 1)))
  }
  const present = new Set(archive.names('vault/'))
  for (const [rid, versions] of live) {
    await bringAttachments(device, archive, drw, rid)
    for (const ver of [...versions].sort((a, b) => a - b)) {
      const name = `vault/drawers/${drw}/records/${rid}/${ver}.jwe`
      const jwe = await archive.text(present.has(name) ? name : `vault/deposits/${rid}.jwe`)
      const { typ } = parseJson(unb64u(jwe.split('.')[0]))
      if (present.has(name) && typ !== RECORD) throw new NotProven('archive', 'a record is none')
      await device.vault('PUT', `/drawers/${drw}/records/${rid}/versions/${ver}`, { json: { jwe } })
    }
  }
}

async function bringAttachments(device: Device, archive: Archive, drw: string, rid: string): Promise<void> {
  const blobs = new Map<string, Map<number, Blob>>()
  const place = `vault/drawers/${drw}/attachments/${rid}/`
  for (const name of archive.names(place)) {
    const found = /^([^/.]+)\.(\d+)$/.exec(name.slice(place.length))
    if (!found) continue
    const pieces = blobs.get(found[1]!) ?? new Map<number, Blob>()
    blobs.set(found[1]!, pieces.set(Number(found[2]), archive.blob(name)))
  }
  for (const [att, pieces] of blobs) {
    const blob = new Blob([...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece))
    await sendBlob(device, `/drawers/${drw}/records/${rid}/attachments/${att}`, blob, b64u(await digestOf(blob)))
  }
}
