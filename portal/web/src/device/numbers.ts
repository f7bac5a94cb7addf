// SPDX-License-Identifier: EUPL-1.2
// Numbers of oneself in what somebody types: looked for before anything leaves this page. Mirrors chatbot/numbers.py,
// which looks again. It says whether, never what or where. Sources: the eleven test of the BSN, ISO 13616 (IBAN).

const RUN = /\+?\d(?:[ .\-/()]{0,2}\d)*/g
const IBAN = /(?<![a-z0-9])[a-z]{2}[ .-]?\d{2}(?:[ .-]?[a-z0-9]){11,30}/g
const MAIL = /[^\s@<>,;:"]+\s?@\s?[^\s@<>,;:"]+\.[^\s@.]{2,}/
const WEIGHTS = [9, 8, 7, 6, 5, 4, 3, 2, -1]
const LINES = ['112', '113'] // and whatever begins with one of these
const LINES_BEGIN = ['0800', '0900', '0906', '0909', '14']
const SHORTEST_IBAN = 15

/** Whether a BSN, telephone number, bank account or e-mail address stands in the text. `allowed`: the help desk's. */
export function hasOwnNumber(text: string, allowed: readonly string[] = []): boolean {
  const plain = seen(text)
  if (MAIL.test(plain)) return true
  for (const [found] of plain.matchAll(IBAN)) {
    const letters = found.replace(/[ .-]/g, '')
    for (let length = SHORTEST_IBAN; length <= letters.length; length++) if (isIban(letters.slice(0, length))) return true
  }
  const lines = [...LINES, ...allowed.map((one) => one.replace(/\D/g, ''))]
  for (const [run] of plain.matchAll(RUN)) {
    for (const digits of together(run)) {
      if (lines.includes(digits.replace(/^\+/, '')) || LINES_BEGIN.some((one) => digits.startsWith(one))) continue
      if (isBsn(digits) || isPhone(digits)) return true
    }
  }
  return false
}

/** The text with digits of any script as 0 to 9, and without what cannot be seen. */
function seen(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Pd}/gu, '-')
    .replace(/\p{Nd}/gu, digit)
}

function digit(one: string): string {
  const at = one.codePointAt(0) ?? 0
  let zero = at
  while (at - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--
  return at < 128 ? one : String(at - zero)
}

/** What the groups of a run say when read together, from any group to any later one. */
function* together(run: string): Generator<string> {
  const groups = run.match(/\+?\d+/g) ?? []
  for (let first = 0; first < groups.length; first++) {
    let joined = ''
    for (const group of groups.slice(first, first + 10)) {
      joined += group
      yield joined
    }
  }
}

export function isBsn(digits: string): boolean {
  if (!/^\d{9}$/.test(digits) || digits === '000000000') return false
  return [...digits].reduce((sum, one, at) => sum + Number(one) * (WEIGHTS[at] ?? 0), 0) % 11 === 0
}

function isIban(text: string): boolean {
  const moved = text.slice(4) + text.slice(0, 4)
  let rest = 0
  for (const one of moved) rest = Number(`${String(rest)}${String(parseInt(one, 36))}`) % 97
  return rest === 1
}

/** A Dutch number (0 and nine more), or one with its country: +31…, 0031…, at most 15 digits (E.164). */
function isPhone(digits: string): boolean {
  if (digits.startsWith('+')) return digits.length >= 10 && digits.length <= 16
  if (digits.startsWith('00')) return digits.length >= 11 && digits.length <= 17
  return digits.length === 10 && digits.startsWith('0')
}
