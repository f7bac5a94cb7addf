// SPDX-License-Identifier: EUPL-1.2
// Who may see what: her grants with their true state, pauses, devices, and stopping by sign-in alone. Needs no key, so it
// works while the vault is locked; the signed texts are consent's to show and were checked when they were signed.
import { readGrant } from '../formats/grant.ts'
import type { Device } from './device.ts'
import type { Directory } from './directory.ts'
import { seconds } from './http.ts'
import type { Given, KnownDevice, Pause } from './shapes.ts'

interface Told {
  readonly id: string
  readonly state: Given['state']
  readonly reason: string | null
  readonly statement: string
  readonly team: string
  readonly purpose: string
  readonly act: Given['act']
  readonly kind: string
  readonly startsAt: string
  readonly endsAt: string
  readonly endedAt: string | null
}

/** All grants, newest first. */
export async function running(device: Device, directory: Directory): Promise<readonly Given[]> {
  const told = await device.items<Told>('consent', '/grants')
  const purposes = await directory.purposes()
  return Promise.all(
    told.map(async (one) => {
      const grant = await readGrant(one.statement)
      const drawers = grant.drawers.map(({ id, cat, epochs }) => ({ id, category: cat, whole: epochs.length > 0 }))
      return {
        id: one.id,
        state: one.state,
        reason: one.reason,
        team: one.team,
        teamName: await directory.teamName(one.team),
        purpose: purposes.get(one.purpose) ?? null,
        act: one.act,
        kind: one.kind,
        starts: seconds(one.startsAt),
        ends: seconds(one.endsAt),
        endedAt: one.endedAt === null ? null : seconds(one.endedAt),
        drawers,
        grant,
      }
    }),
  )
}

/** Stops a grant by the sign-in alone; the next visit signs. */
export async function stopUnsigned(device: Device, grant: string): Promise<void> {
  await device.consent('POST', `/grants/${grant}/stops`, { json: { statement: null } })
}

/** Closes everything (null), or one grant. Answers the pause's id. */
export async function pause(device: Device, grant: string | null): Promise<string> {
  const path = grant === null ? '/pauses' : `/grants/${grant}/pauses`
  return (await (await device.consent('POST', path)).json<{ id: string }>()).id
}

/** The pauses that are on now. */
export async function paused(device: Device): Promise<readonly Pause[]> {
  type ToldPause = { id: string; grant: string | null; since: string }
  const { pauses } = await (await device.consent('GET', '')).json<{ pauses: ToldPause[] }>()
  return pauses.map((one) => ({ ...one, since: seconds(one.since) }))
}

/** The devices that called in her name within a year, newest first. */
export async function devices(device: Device): Promise<readonly KnownDevice[]> {
  type Told = { id: string; firstAt: string; seenAt: string; stoppedAt: string | null; own: boolean }
  const told = await device.items<Told>('consent', '/devices')
  return told.map(({ id, firstAt, seenAt, stoppedAt, own }) => {
    return { id, first: seconds(firstAt), seen: seconds(seenAt), stopped: stoppedAt === null ? null : seconds(stoppedAt), own }
  })
}
