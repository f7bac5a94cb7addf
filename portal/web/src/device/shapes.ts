// SPDX-License-Identifier: EUPL-1.2
// What the screens get to see: plain values, times in seconds since 1970 unless a name says otherwise.
import type { Grant } from '../formats/grant.ts'
import type { Listing } from '../formats/listing.ts'
import type { Organisation } from '../formats/organisation.ts'
import type { Item, Request } from '../formats/request.ts'
import type { Record } from '../formats/authorship.ts'

export type Lang = 'nl' | 'en'

/** Which age rules hold. */
export type AgeBand = 'under-12' | '12-15' | '16-17' | '18+'

/** The same words in both languages, as the catalogue has them. */
export interface Words {
  readonly nl: string
  readonly en: string
}

/** How far long work is: bytes, entries or drawers done, of how many in all. */
export type Progress = (done: number, total: number) => void

/** `/portal.json`: which installation this is, and whom to believe (`pins`, as `kluisje` takes them from a file). */
export interface Settings {
  /** The municipality or body that runs it, as shown. */
  readonly name: string
  /** The phone number of the help desk. */
  readonly phone: string
  /** The name of the identity provider, as on the button: "DigiD". */
  readonly provider: string
  /** This application as the installation knows it: `app:portal`. */
  readonly client: string
  /** `{"format", "origin", "log", "directory", "identity", "consent"}`; `origin` is the API's address. */
  readonly pins: { readonly [name: string]: unknown }
  /** The pins of the installations from which people may move in: with them is checked who looked there. */
  readonly before: readonly { readonly [name: string]: unknown }[]
  /** The team whose desk this page is for; null for people with a vault. The bundle is the same. */
  readonly desk: string | null
}

/** What lies in the catalogue for one kind of drawer. */
export interface Category {
  readonly id: string
  readonly title: Words
  readonly about: Words
  readonly sensitive: boolean
  /** Schema URIs that belong in it. */
  readonly schemas: readonly string[]
}

/** A record type: its form. `document` is its JSON Schema, with `x-title` and `x-choices` for the words. */
export interface Schema {
  readonly id: string
  readonly title: Words
  readonly attachment: 'none' | 'optional' | 'required'
  readonly document: { readonly [name: string]: unknown }
}

/** A purpose of the catalogue: what may be asked, for how long, on which ground. */
export interface Purpose {
  readonly uri: string
  readonly act: 'read' | 'deposit'
  /** The work that it belongs to, as a caseworker calls it. */
  readonly workProcess: Words
  readonly title: Words
  /** At most fifteen words. */
  readonly why: Words
  readonly ifNo: Words
  readonly ground: string
  readonly article: string
  readonly items: readonly { kind: Item['kind']; ref: string; required: boolean; title: Words }[]
  readonly kinds: readonly string[]
  /** At most four end dates, as days from the yes. */
  readonly ends: readonly number[]
  /** Days that a grant may last. */
  readonly maxDays: number
  readonly roles: readonly string[]
  readonly expiry: number
  /** Each opening says why now. */
  readonly reason: boolean
  /** Days in which the asker says what became of the data after the end. */
  readonly answerBy: number
  /** What may be kept after the end, in words; and the only articles that a closing may name for it. */
  readonly keepDays: number
  readonly keep: Words
  readonly articles: readonly string[]
  readonly recalled: boolean
  /** Language -> the exact text that a grant names by hash. */
  readonly texts: { readonly [lang in Lang]: { readonly text: string; readonly hash: string } }
}

/** An asker as shown: `name` of the team, and its keys as the directory proves them. */
export interface Asker extends Organisation {
  readonly name: string
  /** How the directory says that it is shown; null where nothing of that kind checks. */
  readonly listing: Listing | null
  readonly suspended: boolean
}

/** A question in the inbox, its signature and its asker's key checked. */
export interface Asked {
  readonly id: string
  readonly state: 'open' | 'waiting' | 'granted' | 'countered' | 'refused' | 'expired' | 'taken-back'
  /** The `KX-42` that asker and asked both see. */
  readonly code: string
  readonly askedAt: number
  readonly expiresAt: number
  readonly request: Request
  readonly asker: Asker
  readonly purpose: Purpose
  /** A yes takes a touch of her passkey. */
  readonly sensitive: boolean
  readonly offer: Offer | null
  /** Ids of the grants that came of it. */
  readonly grants: readonly string[]
}

/** A yes, or less: `only` these items (by `ref`), `until` an earlier moment, just `once`, `fromNowOn` (nothing that
 * is in the drawer already). `answers`: question URI -> her yes or no. */
export interface Choice {
  readonly only?: readonly string[]
  readonly until?: number
  readonly once?: boolean
  readonly fromNowOn?: boolean
  readonly answers?: { readonly [uri: string]: boolean }
}

/** A counter-offer: nothing is signed, the asker may accept it by asking just that. */
export interface Offer {
  readonly items: readonly { readonly kind: Item['kind']; readonly ref: string }[]
  readonly endsAt: number | null
  readonly talkFirst: boolean
  readonly askAfter: number | null
  readonly note: string | null
}

/** One item of a question with what it would show: her real records, or (answer) her yes or no. "Kijk als…" */
export interface Seen {
  readonly item: Item
  readonly title: Words
  readonly records: readonly Record[]
  readonly answer: boolean | null
}

/** A grant as she sees it, with its true state. */
export interface Given {
  readonly id: string
  readonly state: 'waiting' | 'running' | 'paused' | 'review-due' | 'ended'
  readonly reason: string | null
  readonly team: string
  readonly teamName: string
  readonly purpose: Purpose | null
  readonly act: 'read' | 'deposit'
  readonly kind: string
  readonly starts: number
  readonly ends: number
  readonly endedAt: number | null
  readonly drawers: readonly { readonly id: string; readonly category: string; readonly whole: boolean }[]
  readonly grant: Grant
}

/** A pause: of one grant, or (null) of everything. */
export interface Pause {
  readonly id: string
  readonly grant: string | null
  readonly since: number
}

/** `checked`: entry, place in the tree, signatures, unbroken count, all seen to be right on this device. `soon`:
 * not to be checked yet, its witnesses come within a minute. `wrong`: it does not fit the log. */
export type Tick = 'checked' | 'soon' | 'wrong'

/** One line of "Wie keek?". */
export interface Line {
  readonly n: number
  readonly at: number
  readonly outcome: 'read' | 'deposit' | 'refused' | 'statement' | 'stop' | 'recover'
  /** The party that looked, and its name; null for her own statements. */
  readonly by: string | null
  readonly byName: string | null
  readonly grant: string | null
  readonly purpose: Purpose | null
  /** Drawer ids and their categories. */
  readonly drawers: readonly { readonly id: string; readonly category: string | null }[]
  /** The true reason of a refusal. */
  readonly why: string | null
  /** The type of a statement. */
  readonly of: string | null
  readonly tick: Tick
  /** The log's name for it, b64u: what "Waarom keek je?" asks about. */
  readonly entry: string
  /** Somebody looked, tried to, or brought something. */
  readonly isLook: boolean
}

/** The log about her. `sound` false: it does not fit what this device knows; then nothing may be shared. */
export interface Log {
  readonly lines: readonly Line[]
  readonly sound: boolean
}

/** The log of an installation where she was before (its host), newest first. `sound` false: it does not check, or
 * this page does not know the keys of there; then there are no lines. */
export interface Before {
  readonly host: string
  readonly lines: readonly Line[]
  readonly sound: boolean
}

/** "Waarom keek je?" about line `line`, and the team's answer, its signature checked; null while there is none.
 * `no-answer`: from the eighth day; it may still come. */
export interface Why {
  readonly id: string
  readonly line: number
  readonly team: string
  readonly teamName: string
  readonly grant: string
  readonly text: string
  readonly askedAt: number
  readonly state: 'open' | 'no-answer' | 'answered'
  readonly due: number
  readonly answer: string | null
}

/** What a team owes her after the end of a grant. `answer`: erased, kept (until when, under which article), or null: no
 * signed word yet. `overdue`: it should have come. */
export interface Owed {
  readonly grant: string
  readonly team: string
  readonly teamName: string
  readonly due: number
  readonly overdue: boolean
  readonly answer: 'erased' | 'kept' | null
  readonly until: number | null
  readonly article: string | null
}

/** A consent receipt, checked: its JSON-LD, and what a screen shows of it. */
export interface Receipt {
  readonly id: string
  readonly at: number
  readonly state: string
  readonly grant: string | null
  readonly jsonld: { readonly [name: string]: unknown }
}

/** `receipt`: consent's acknowledgement; no read that starts after it succeeds. `rotated`: the next epochs are open
 * too; if not, the next visit opens them. */
export interface Stopped {
  readonly receipt: string
  readonly rotated: boolean
}

/** What a visit did with papers that sources brought: filed, and ids of those that do not check (left there). */
export interface Filed {
  readonly records: readonly Record[]
  readonly doubtful: readonly string[]
}

/** One way into the vault. */
export interface Way {
  readonly id: string
  readonly type: 'prf' | 'code' | 'pass' | 'trustees'
}

/** A device that called in her name: when first, when last (to the hour), when another one stopped it. `own`: this one. */
export interface KnownDevice {
  readonly id: string
  readonly first: number
  readonly seen: number
  readonly stopped: number | null
  readonly own: boolean
}

/** What she keeps: bytes and numbers. */
export interface Usage {
  readonly bytes: number
  readonly quota: number
  readonly records: number
  readonly deposits: number
}

/** The vault as it tells of itself. */
export interface VaultSeen {
  readonly keyringSeq: number
  readonly importing: boolean
  readonly erasure: { readonly id: string; readonly due: string } | null
}
