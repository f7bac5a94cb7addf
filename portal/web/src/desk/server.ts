// SPDX-License-Identifier: EUPL-1.2
// The desk's own server, `/desk/v1` on the origin that this page came from: the one line of the desk to anybody. It keeps
// the sign-in and sealed things, and passes on what the gateway gives; everything it says is checked by who reads it.
// The wire is openapi/desk.yaml, only the members that are read here.
import { type Answer, type Given, call } from '../device/http.ts'
import { Refused } from '../device/errors.ts'
import type { LoggedStatement } from '../device/proofs.ts'
import type { Slot } from '../device/keyring.ts'

const PAGE = 100
const OWN: Given = { own: true, headers: { 'kluisje-desk': '1' } }

/** What every call to the desk's own server carries. */
export const ownServer = { base: `${location.origin}/desk/v1`, given: OWN }

/** Who is signed in. role: as the newest member list says. ring: of the own keys, null before they were made.
 * administrator: thumbprint of the key that signed the first list. */
export interface Session {
  readonly subject: string
  readonly team: string
  readonly role: 'none' | 'member' | 'keeper' | 'administrator'
  readonly ring: string | null
  readonly name: string | null
  readonly administrator: string
}

/** A grant on its way to be read: `address` is where a new tab goes, once, to sign in for just this. */
export interface Opening {
  readonly id: string
  readonly grant: string
  readonly state: 'waiting' | 'open' | 'refused'
  readonly address: string | null
  readonly endsAt: string
}

/** Somebody with keys here. copy: the list under which the newest copy of the team's key was made for this colleague. */
export interface ToldColleague {
  readonly subject: string
  readonly name: string
  readonly card: string
  readonly role: Session['role'] | 'removed'
  readonly copy: number | null
}

/** All member lists, oldest first. */
export interface ToldLists {
  readonly items: readonly string[]
  readonly rotationDue: boolean
  readonly waiting: readonly { readonly subject: string }[]
}

export interface ToldCopy {
  readonly seq: number
  readonly jwe: string
}

/** What the organisation calls a case. Never sent to the gateway. */
export interface ToldCase {
  readonly request: string
  readonly name: string
  readonly holder: string
}

export interface ToldEnvelope {
  readonly grant: string
  readonly drawer: string
  readonly epoch: number
  readonly kid: string
  readonly jwe: string
}

export interface ToldDuty {
  readonly grant: string
  readonly askedAt: string
  readonly closedAt: string | null
}

export interface ToldEvent {
  readonly id: string
  readonly type: string
  readonly dataref: string
  readonly issuedAt: string
}

export interface ToldOffer {
  readonly items: readonly { readonly kind: 'drawer' | 'record' | 'answer'; readonly ref: string }[]
  readonly endsAt: string | null
  readonly talkFirst: boolean
  readonly askAfter: string | null
  readonly note: string | null
}

/** A question as the gateway tells it to its asker. */
export interface ToldQuestion {
  readonly id: string
  readonly state: 'open' | 'granted' | 'countered' | 'no-answer' | 'taken-back'
  readonly request: string
  readonly bindingCode: string
  readonly expiresAt: string
  readonly items: readonly (Omit<ToldGrant, 'id' | 'state' | 'request' | 'purpose'> & { readonly grant: string })[]
  readonly offer: ToldOffer | null
}

/** A grant as the gateway tells it to its team. */
export interface ToldGrant {
  readonly id: string
  readonly state: 'running' | 'ended'
  readonly request: string | null
  readonly purpose: string
  readonly act: 'read' | 'deposit'
  readonly kind: string
  readonly startsAt: string
  readonly endsAt: string
  readonly drawers: readonly { readonly id: string; readonly category: string; readonly epochs: readonly number[]; readonly records: readonly string[] | null }[]
}

/** "Waarom keek je?", as the team is asked. */
export interface ToldWhy {
  readonly id: string
  readonly state: 'open' | 'answered'
  readonly vlt: string
  readonly grant: string
  readonly entry: string
  readonly employee: string
  readonly action: 'read' | 'deposit' | 'refused'
  readonly lookedAt: string
  readonly text: string
  readonly askedAt: string
  readonly due: string
  readonly answer: string | null
}

export interface ToldEvidence {
  readonly grant: string
  readonly card: string
  readonly request: string | null
  readonly receipt: string | null
  readonly closing: string | null
  readonly entered: unknown
  readonly items: readonly unknown[]
  readonly next: string | null
}

/** A team as the directory lists it. */
export interface ToldTeam extends LoggedStatement {
  readonly countsFrom: string
}

/** Something signed, with its entry in the log and the proof of that. */
export interface ToldStated {
  readonly statement: string
  readonly event: string
  readonly nonce: string
  readonly proof: string
}

/** One thing that the directory said of a team. */
export interface ToldStatement extends ToldStated {
  readonly endedAt: string | null
}

/** One version of the rules. */
export type ToldVersion = ToldStated

export type { Slot }

let over: () => void = () => undefined

/** Who is told when the sign-in is over: at the end of the day, or because this member was taken out. */
export function onOver(listener: () => void): void {
  over = listener
}

/** A call below `/desk/v1`. */
export async function ask(method: string, path: string, given: Given = {}): Promise<Answer> {
  try {
    return await call(method, ownServer.base + path, { ...given, ...OWN, headers: { ...given.headers, ...OWN.headers } })
  } catch (error) {
    if (error instanceof Refused && error.status === 401) over()
    throw error
  }
}

/** One JSON answer. */
export async function get<Shape>(path: string, query: Given['query'] = {}): Promise<Shape> {
  return (await ask('GET', path, { query })).json<Shape>()
}

/** What a call answers, as JSON. */
export async function send<Shape>(method: string, path: string, json: Given['json'] = {}): Promise<Shape> {
  return (await ask(method, path, { json })).json<Shape>()
}

/** All items of a list, page by page, in the server's order. `paged` false: it comes whole. */
export async function items<Item>(path: string, paged = true): Promise<Item[]> {
  const found: Item[] = []
  let query: { [name: string]: string | number } = paged ? { pageSize: PAGE } : {}
  for (;;) {
    const page = await get<{ items: Item[]; next: string | null }>(path, query)
    found.push(...page.items)
    if (page.next === null) return found
    query = { ...query, pageCursor: page.next }
  }
}
