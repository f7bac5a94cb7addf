// SPDX-License-Identifier: EUPL-1.2
// Prints the texts of src/words/*.json. They were parsed at build; what is left here is filling in.
//
//   say("home.waits", { requests: 2 })      "Er wachten 2 vragen op jou."
import type { Words } from './keys'

export type Key = keyof Words
/** Texts that need no arguments. */
export type Plain = { [K in Key]: Words[K] extends [] ? K : never }[Key]
export const LANGUAGES = ['nl', 'en'] as const
export type Lang = (typeof LANGUAGES)[number]

/** text | [0, argument] | [1, argument, {case: parts}] (plural) | [2] (the number of the plural around it) */
type Part = string | readonly [0, string] | readonly [1, string, Readonly<Record<string, readonly Part[]>>] | readonly [2]
export type Messages = Readonly<Record<string, string | readonly Part[]>>
type Arguments = Readonly<Record<string, string | number>>

const LOADERS: Record<Lang, () => Promise<{ default: Messages }>> = {
  nl: () => import('virtual:words/nl'),
  en: () => import('virtual:words/en'),
}
const AT_THE_DESK: Record<Lang, () => Promise<{ default: Messages }>> = {
  nl: () => import('virtual:words/nl-desk'),
  en: () => import('virtual:words/en-desk'),
}
export const NAMES: Record<Lang, string> = { nl: 'Nederlands', en: 'English' }

let messages: Messages = {}
let lang: Lang = 'nl'
let young = false
let desk = false
let plural = new Intl.PluralRules('nl')
let number = new Intl.NumberFormat('nl')

/** The language in use. */
export function language(): Lang {
  return lang
}

/** A language of ours out of what a browser or a person prefers; Dutch when none fits. */
export function nearest(preferred: readonly string[]): Lang {
  const known = preferred.map((one) => one.slice(0, 2).toLowerCase())
  return known.map((one) => LANGUAGES.find((each) => each === one)).find((one) => one !== undefined) ?? 'nl'
}

/** Loads a language and speaks it from now on. */
export async function speak(chosen: Lang): Promise<void> {
  const [own, further] = await Promise.all([LOADERS[chosen](), desk ? AT_THE_DESK[chosen]() : null])
  messages = { ...own.default, ...further?.default }
  lang = chosen
  plural = new Intl.PluralRules(chosen)
  number = new Intl.NumberFormat(chosen)
  document.documentElement.lang = chosen
}

/** Shorter texts where there are any: for who is 12 to 15. */
export function shorter(on: boolean): void {
  young = on
}

/** From the next `speak` on: the words of the desk too. What it calls otherwise is its `desk.for.…`, with the arguments
 * of the text that it stands for. */
export function atTheDesk(): void {
  desk = true
}

/** A text, with its arguments filled in. */
export function say<K extends Key>(key: K, ...args: Words[K]): string {
  const parts = (desk ? messages[`desk.for.${key}`] : young ? messages[`${key}_young`] : undefined) ?? messages[key]
  if (parts === undefined) throw new Error(`no text ${key}`) // the build refuses this; here only before `speak`
  return typeof parts === 'string' ? parts : filled(parts, args[0] ?? {}, 0)
}

function filled(parts: readonly Part[], args: Arguments, count: number): string {
  return parts.map((part) => (typeof part === 'string' ? part : one(part, args, count))).join('')
}

function one(part: Exclude<Part, string>, args: Arguments, count: number): string {
  if (part[0] === 2) return number.format(count)
  const given = args[part[1]]
  if (part[0] === 0) return typeof given === 'number' ? number.format(given) : String(given ?? '')
  const n = Number(given)
  const cases = part[2]
  return filled(cases[`=${String(n)}`] ?? cases[plural.select(n)] ?? cases["other"] ?? [], args, n)
}
