// SPDX-License-Identifier: EUPL-1.2
// What the desk's screens get to see: plain values, times in seconds since 1970.
import type { Category, Offer, Purpose, Schema } from '../device/person.ts'
import type { Brought } from '../device/storage.ts'
import type { Record } from '../formats/authorship.ts'
import type { Listing } from '../formats/listing.ts'
import type { Request } from '../formats/request.ts'

/** A grant as its team sees it: running, or ended (a stop and an end date look the same). */
export interface Granted {
  readonly id: string
  readonly state: 'running' | 'ended'
  readonly request: string | null
  readonly purpose: Purpose | null
  readonly purposeUri: string
  readonly act: 'read' | 'deposit'
  readonly kind: string
  readonly starts: number
  readonly ends: number
  readonly drawers: readonly { readonly id: string; readonly category: string; readonly title: Category['title'] | null; readonly whole: boolean }[]
}

/** A question of this team, with what came of it. `asked` is null when an older key of the team signed it. */
export interface Case {
  readonly id: string
  readonly state: 'open' | 'granted' | 'countered' | 'no-answer' | 'taken-back'
  readonly code: string
  readonly expires: number
  readonly asked: Request
  readonly purpose: Purpose | null
  readonly offer: Offer | null
  readonly grants: readonly Granted[]
  /** What the organisation calls it, and who has it; null: not named yet. */
  readonly name: string | null
  readonly holder: string | null
}

/** What one opening showed of a drawer: the look was proven, then it was opened. */
export interface Looked {
  readonly drawer: Granted['drawers'][number]
  readonly records: readonly Record[]
}

/** That a paper is in: when (seconds), at which place of the log, and the proof as a file. Nothing of what was in it. */
export interface Receipt {
  readonly at: number
  readonly index: number
  readonly kind: string
  readonly file: Blob
}

/** A paper that was on its way when a page was closed. `on`: it goes on; `wait`: soon it is known whether it is in; `late`:
 * it is brought anew, and counts once. */
export interface Underway extends Brought {
  readonly state: 'on' | 'wait' | 'late'
}

/** "Waarom keek je?", as the team is asked. */
export interface AskedWhy {
  readonly id: string
  readonly vlt: string
  readonly grant: string
  readonly entry: string
  readonly employee: string
  readonly action: 'read' | 'deposit' | 'refused'
  readonly looked: number
  readonly text: string
  readonly due: number
  readonly answered: boolean
}

/** An end to answer for: what became of the data? */
export interface Duty {
  readonly grant: string
  readonly asked: number
  /** Until when the answer is due, where the purpose says it. */
  readonly due: number | null
  readonly closed: number | null
  readonly granted: Granted | null
  readonly case: Case | null
}

/** Evidence of one grant, checked: how many of the own looks are in the log, and all of it as one file without values. */
export interface Evidence {
  readonly act: 'read' | 'deposit'
  readonly looks: readonly { readonly at: number; readonly drawers: readonly string[] }[]
  readonly signed: number
  readonly file: Blob
}

/** A colleague, or somebody who asks to be let in. `mine`: this is who sits here. */
export interface Colleague {
  readonly sub: string
  readonly name: string
  readonly role: 'none' | 'member' | 'keeper' | 'administrator' | 'removed'
  /** Has a copy of the team's key of now. */
  readonly ready: boolean
  readonly mine: boolean
}

/** How the team's key stands. `none`: there is none yet. `waits`: this member has no copy yet. `new`: one was made and is
 * not in force yet. `due`: somebody was removed since it was made. */
export interface TeamKeyState {
  readonly state: 'none' | 'waits' | 'ready' | 'due'
  readonly untold: number
  readonly envelopesToSeal: number
}

/** The directory's word of the own team, checked. `counts`: from when its keys count. */
export interface Listed {
  readonly team: string
  readonly name: string
  readonly listing: Listing | null
  readonly suspended: boolean
  readonly counts: number
}

/** One thing that the directory said of the own team: its keys, or how it is shown. Times in seconds; it counts from
 * `counts` on. ended: keys that were withdrawn. */
export interface Said {
  readonly id: string
  readonly what: 'keys' | 'shown'
  readonly name: string | null
  readonly logged: number
  readonly counts: number
  readonly ended: number | null
}

/** A team in the directory. */
export interface ListedTeam {
  readonly team: string
  readonly name: string
  readonly role: string | null
  readonly counts: number
  readonly suspended: boolean
}

/** One version of the rules. added: purposes that are new in it, as `name:version`; recalled: URIs. first: there is none
 * before it here. */
export interface Version {
  readonly version: number
  readonly signer: string
  readonly signed: number
  readonly logged: number
  readonly first: boolean
  readonly added: readonly string[]
  readonly recalled: readonly string[]
}

/** How fast a stop closed the door: milliseconds until it was acknowledged, and until the next look was refused. */
export interface StopTested {
  readonly stopped: number
  readonly refused: number
}

export type { Category, Purpose, Record, Schema }
