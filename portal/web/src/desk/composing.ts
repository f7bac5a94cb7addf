// SPDX-License-Identifier: EUPL-1.2
// What may be asked, by the signed purpose: items, terms, ground. Pure. The registry refuses what asks more (consent.md
// section 2); the desk refuses it before it is signed, with the same reasons.
import type { Purpose } from '../device/person.ts'
import type { Item } from '../formats/request.ts'
import { endAfter } from '../show/when.ts'

const MOST = 4 // ends, as the other side gets to choose from
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHECK = `${ALPHABET}*~$=U`
const LETTERS = 12

/** One length that a purpose offers. `until`: where it ends when it begins at `now` (seconds). */
export interface Term {
  readonly key: string
  readonly kind: string
  readonly days: number
  readonly every: number | null
  until(now: number): number
}

/** A question before it is signed. */
export interface Composed {
  readonly purpose: Purpose
  readonly items: readonly Item[]
  readonly term: Term
  readonly note: string | null
  /** What the organisation calls the case; kept at the desk only. */
  readonly label: string | null
  readonly to: { readonly shareCode: string } | { readonly bsn: string }
}

/** The items of the least question, and the extra ones that were added. */
export function askedItems(purpose: Purpose, extra: readonly string[]): readonly Item[] {
  return purpose.items.filter((item) => item.required || extra.includes(item.ref)).map(({ kind, ref, required }) => ({ kind, ref, required }))
}

/** The lengths that a purpose offers, shortest first, at most four; once where it lists that. */
export function terms(purpose: Purpose): readonly Term[] {
  const lengths = [...purpose.ends].sort((a, b) => a - b).slice(0, MOST)
  const longest = lengths.at(-1) ?? 1
  return purpose.kinds.flatMap((kind): Term[] => {
    const every = /^every:(\d+)$/.exec(kind)
    const make = (days: number): Term => ({ key: `${kind} ${String(days)}`, kind, days, every: every ? Number(every[1]) : null, until: (now) => endAfter(now, days) })
    return kind === 'once' ? [make(lengths[0] ?? longest)] : lengths.map(make)
  })
}

/** Why a question asks more than its purpose allows; empty: it does not. The words are those of the registry. */
export function overAsking(composed: Composed, role: string, now = Math.floor(Date.now() / 1000)): readonly string[] {
  const { purpose, items, term } = composed
  const found: string[] = []
  if (purpose.recalled) found.push('/pur')
  if (!purpose.roles.includes(role)) found.push('/who/role')
  if (!purpose.kinds.includes(term.kind)) found.push('/knd')
  if (term.until(now) > endAfter(now, purpose.maxDays)) found.push('/ends')
  items.forEach((item, n) => {
    const listed = purpose.items.find((one) => one.kind === item.kind && one.ref === item.ref)
    if (!listed) found.push(`/items/${String(n)}/ref`)
    else if (item.required && !listed.required) found.push(`/items/${String(n)}/req`)
  })
  return found
}

/** A share code as it was typed: any case, spaces and dashes, O for 0, I and L for 1. Null: it is none. */
export function shareCode(typed: string): string | null {
  const text = typed.toUpperCase().replace(/[ -]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  const letters = [...text.slice(0, LETTERS)].map((letter) => ALPHABET.indexOf(letter))
  if (text.length !== LETTERS + 1 || letters.includes(-1)) return null
  const left = letters.reduce((value, letter) => (value * 32 + letter) % 37, 0)
  return text[LETTERS] === CHECK[left] ? text : null
}
