// SPDX-License-Identifier: EUPL-1.2
// What the directory and the municipality said before: every statement, signed and in the log, also those that wait for their
// 72 hours or were replaced. Mirrors kluisje/monitoring.py.
import { verifyLook } from '../formats/event.ts'
import { peek } from '../formats/jose.ts'
import { LISTING, verifyListing } from '../formats/listing.ts'
import { WAIT, verifyOrganisation } from '../formats/organisation.ts'
import { FormatError, refuse, sid } from '../formats/spelling.ts'
import { NotProven } from '../device/errors.ts'
import { seconds } from '../device/http.ts'
import { type Pins, pinned } from '../device/proofs.ts'
import type { ToldStated, ToldStatement, ToldTeam, ToldVersion } from './server.ts'
import type { ListedTeam, Said, Version } from './shapes.ts'

/** NotProven instead of a FormatError: what was told does not check. */
async function proven<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FormatError) throw new NotProven('directory', `what is told of ${what} does not check`)
    throw error
  }
}

/** A statement of the directory about a team, whenever it counts: what it says, its id, and when it was logged (seconds). */
async function checked(told: ToldStated, pins: Pins, team: string) {
  const key = pinned(told.statement, pins.directory)
  const shown = peek(told.statement).header.typ === LISTING ? await verifyListing(told.statement, key) : null
  const found = shown ?? (await verifyOrganisation(told.statement, key))
  const { event } = await verifyLook({ event: told.event, nonce: told.nonce, proof: told.proof }, pins.log, true)
  if (event.t !== 'org' || event.claims.sid !== found.sid || event.claims.sub !== found.sub || found.sub !== team) refuse('organisation')
  return { shown, sid: found.sid, at: event.at }
}

/** All that was said of a team, newest first. NotProven. */
export function saidOf(team: string, told: readonly ToldStatement[], pins: Pins): Promise<readonly Said[]> {
  return proven(team, () =>
    Promise.all(
      told.map(async (one): Promise<Said> => {
        const { shown, sid: id, at } = await checked(one, pins, team)
        return { id, what: shown ? 'shown' : 'keys', name: shown?.name ?? null, logged: at, counts: at + WAIT, ended: one.endedAt === null ? null : seconds(one.endedAt) }
      }),
    ),
  )
}

/** The teams of the directory by name. One whose statement does not check is left out and counted. */
export async function teamsOf(told: readonly ToldTeam[], pins: Pins): Promise<{ readonly teams: readonly ListedTeam[]; readonly wrong: number }> {
  const found = await Promise.all(
    told.map(async (one): Promise<ListedTeam | null> => {
      try {
        const { at } = await checked(one, pins, one.team)
        const shown = one.listing === null ? null : (await checked(one.listing, pins, one.team)).shown
        return { team: one.team, name: shown?.name ?? one.team, role: shown?.role ?? null, counts: at + WAIT, suspended: one.suspended }
      } catch (error) {
        if (error instanceof FormatError) return null
        throw error
      }
    }),
  )
  const teams = found.filter((one) => one !== null).sort((a, b) => a.name.localeCompare(b.name))
  return { teams, wrong: found.length - teams.length }
}

const PURPOSE = /^purposes\/(.+)\.([1-9]\d*)\.yaml$/

/** The versions of the rules, newest first, each with what it changed of the one before: new purposes, and recalled ones. A
 * version is believed as the log holds it. */
export function versionsOf(told: readonly ToldVersion[], pins: Pins): Promise<readonly Version[]> {
  return proven('the rules', async () => {
    const read = await Promise.all(
      told.map(async (one) => {
        const { event } = await verifyLook({ event: one.event, nonce: one.nonce, proof: one.proof }, pins.log, true)
        const claims = peek(one.statement).claims as { iss: string; ver: number; iat: number; files: { path: string }[]; rec: { uri: string }[] }
        if (event.t !== 'catalogue' || event.claims.sid !== (await sid(one.statement)) || event.claims.sub !== claims.iss) refuse('catalogue')
        const purposes = claims.files.flatMap(({ path }) => PURPOSE.exec(path)?.slice(1).join(':').replaceAll('.', ':') ?? [])
        return { version: claims.ver, signer: claims.iss, signed: claims.iat, logged: event.at, purposes, recalled: claims.rec.map(({ uri }) => uri) }
      }),
    )
    return read.map(({ purposes, recalled, ...one }, n): Version => {
      const before = read[n + 1]
      return { ...one, first: before === undefined, added: purposes.filter((each) => !before?.purposes.includes(each)), recalled: recalled.filter((each) => !before?.recalled.includes(each)) }
    })
  })
}
