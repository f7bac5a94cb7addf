// SPDX-License-Identifier: EUPL-1.2
// Days as people say them, always in Amsterdam, whatever the device's own clock zone is.
//
// A grant ends at a midnight: `exp` = 13 January 00:00 reads "tot en met 12 januari".
import { language } from '../words/say.ts'

const ZONE = 'Europe/Amsterdam'
const DAY = 86_400

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}

const NUMBERS = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

function numbers(at: number): Record<string, number> {
  return Object.fromEntries(NUMBERS.formatToParts(at * 1000).map(({ type, value }) => [type, Number(value)]))
}

/** The day in Amsterdam on which a second falls. */
export function dayOf(at: number): Day {
  const { year = 0, month = 0, day = 0 } = numbers(at)
  return { year, month, day }
}

/** The second at which a day begins in Amsterdam; days beyond the month count on. */
export function midnight({ year, month, day }: Day): number {
  const guess = Date.UTC(year, month - 1, day) / 1000
  const { hour = 0, minute = 0, second = 0 } = numbers(guess)
  const ahead = hour * 3600 + minute * 60 + second // 1 or 2 hours: Amsterdam lies east of Greenwich
  const found = guess - ahead
  const { hour: still = 0 } = numbers(found)
  return still === 0 ? found : found + (still > 12 ? 24 - still : -still) * 3600 // the night in which the clock moves
}

/** The end of "up to and including the day `days` after now". */
export function endAfter(now: number, days: number): number {
  const { year, month, day } = dayOf(now)
  return midnight({ year, month, day: day + days + 1 })
}

function format(at: number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language() === 'nl' ? 'nl-NL' : 'en-GB', { timeZone: ZONE, ...options }).format(at * 1000)
}

/** "vrijdag 12 december", with the year when it is another one than now's. */
export function dayName(at: number, now = Date.now() / 1000): string {
  const other = dayOf(at).year !== dayOf(now).year
  return whole(format(at, { weekday: 'long', day: 'numeric', month: 'long', ...(other ? { year: 'numeric' } : {}) }))
}

/** "12 december 2026". */
export function dateName(at: number): string {
  return whole(format(at, { day: 'numeric', month: 'long', year: 'numeric' }))
}

/** Day and month stay on one line; no comma behind the day of the week, which English writes only beside a year. */
function whole(date: string): string {
  return date.replace(',', '').replace(/(\d) (\p{L})/u, '$1\u00a0$2')
}

/** "12 december 2026, 14:05". */
export function momentName(at: number): string {
  return `${dateName(at)}, ${format(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`
}

/** The last day of what ends at a second: a midnight belongs to the day before. */
export function lastDay(ends: number, now?: number): string {
  return dayName(ends - 1, now)
}

/** Whole days until something ends: 0 is today. */
export function daysLeft(ends: number, now = Date.now() / 1000): number {
  const [last, today] = [dayOf(ends - 1), dayOf(now)]
  return Math.round((Date.UTC(last.year, last.month - 1, last.day) - Date.UTC(today.year, today.month - 1, today.day)) / (DAY * 1000))
}

/** "2026-12-01" as a person reads it; anything else as it is. */
export function isoDay(text: string): string {
  const at = Date.parse(`${text}T12:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(at) ? dateName(at / 1000) : text
}

/** "12-1-2027", "12/1/2027" or "2027-01-12" -> "2027-01-12"; null when it is no day. */
export function readDay(typed: string): string | null {
  const text = typed.trim()
  const dutch = /^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$/.exec(text)
  const [year, month, day] = dutch ? [dutch[3], dutch[2], dutch[1]] : text.split('-')
  const iso = `${(year ?? '').padStart(4, '0')}-${(month ?? '').padStart(2, '0')}-${(day ?? '').padStart(2, '0')}`
  const found = new Date(`${iso}T12:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(iso) && !Number.isNaN(found.getTime()) && found.toISOString().slice(0, 10) === iso ? iso : null
}

/** "2027-01-12" -> "12-1-2027", as the form takes it. */
export function writeDay(iso: string): string {
  const [year, month, day] = iso.split('-')
  return year && month && day ? `${String(Number(day))}-${String(Number(month))}-${year}` : iso
}
