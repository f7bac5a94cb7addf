// SPDX-License-Identifier: EUPL-1.2
// Moving house: the chain and the lines of an export, brought to consent of another installation, page by page; broken off,
// it goes on where it was. At the end her next card, signed here and now, says that the chain goes on at the new place,
// and a proof by SIG shows that it is hers. Mirrors kluisje/moving.py; docs/decisions/0012.
import { checkChain } from '../formats/chain.ts'
import { makeProof } from '../formats/dpop.ts'
import { type Claims, FormatError, H, checkId, checkString } from '../formats/spelling.ts'
import { type Statement, linkAfter, signCard } from '../formats/statement.ts'
import type { Archive } from './archive.ts'
import type { Device } from './device.ts'
import { NotProven } from './errors.ts'
import { now } from './http.ts'
import type { PersonKeys } from './keyring.ts'

const PAGE = 100, PAGE_CHARACTERS = 1_000_000 // consent takes 200, and a megabyte and a half

/** Makes the vault of who is signed in the one in this export. Refused by the new place with the reason, NotProven when the
 * statements in the file are no chain. */
export async function moveIn(device: Device, archive: Archive, keys: PersonKeys): Promise<void> {
  const entered = await archive.lines('consent/statements.jsonl')
  const chain = await chainOf(entered)
  const origin = checkString(archive.about.origin)
  const begun = await device.consent('POST', '/arrivals', { json: { origin } })
  const arrival = await begun.json<{ id: string; statements: number; lines: number }>()
  const path = `/arrivals/${arrival.id}`
  let start = arrival.statements
  for (const items of pages(entered.slice(start))) {
    await device.consent('POST', `${path}/statements`, { json: { start, items } })
    start += items.length
  }
  for (const [whose, items] of await linesOf(archive, origin, arrival.lines)) {
    await device.consent('POST', `${path}/lines`, { json: { origin: whose, items } })
  }
  const card = await nextCard(archive, keys, chain)
  const proof = await makeProof(keys.sig, 'POST', `${device.origin}/person/moves`, now(), await H(arrival.id))
  await device.moves({ arrival: arrival.id, card, proof })
  if (device.vlt !== chain[0]!.vlt) throw new NotProven('moved', 'the new place does not know this vault by its own name')
}

async function chainOf(entered: readonly Claims[]): Promise<Statement[]> {
  try {
    return await checkChain(entered.map((one) => checkString(one.statement)))
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw new NotProven('archive', 'the statements in this file are no chain')
  }
}

/** Her next card. No passkey of the old place works at the new one, so none is on it. */
async function nextCard(archive: Archive, keys: PersonKeys, chain: readonly Statement[]): Promise<string> {
  const last = chain.at(-1)!
  const slots = await Promise.all(archive.names('vault/slots/').map(async (name) => checkId((await archive.json(name)).id)))
  const link = linkAfter(last, Math.max(now(), last.link.iat), keys.seq)
  return signCard(keys.sig, link, { sig: keys.sig.jwk, enc: keys.enc, passkeys: [], slots })
}

/** (whose log, a page of it): logs of before first, then that of the place she comes from; without the first `done`. */
async function linesOf(archive: Archive, origin: string, done: number): Promise<[string, Claims[]][]> {
  const logs = new Map<string, Claims[]>()
  const before = archive.names('consent/earlier.jsonl').length ? await archive.lines('consent/earlier.jsonl') : []
  for (const { origin: whose, ...line } of before) {
    const at = checkString(whose)
    logs.set(at, [...(logs.get(at) ?? []), line])
  }
  logs.set(origin, await archive.lines('consent/lines.jsonl'))
  const found: [string, Claims[]][] = []
  for (const [whose, lines] of logs) {
    for (const page of pages(lines.slice(done))) found.push([whose, page])
    done = Math.max(0, done - lines.length)
  }
  return found
}

function pages(items: readonly Claims[]): Claims[][] {
  const found: Claims[][] = []
  let held = PAGE_CHARACTERS
  for (const one of items) {
    const size = JSON.stringify(one).length
    if (held + size > PAGE_CHARACTERS || found.at(-1)!.length === PAGE) {
      found.push([])
      held = 0
    }
    found.at(-1)!.push(one)
    held += size
  }
  return found
}
