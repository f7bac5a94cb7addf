// SPDX-License-Identifier: EUPL-1.2
// A record type as a form: the small subset of JSON Schema that the catalogue uses. Anything else is refused at load,
// so that no screen ever shows half a form.
import { language } from '../words/say.ts'

export interface Said {
  readonly nl: string
  readonly en: string
}

export type Unit = 'cents' | 'days' | 'hours' | 'minutes' | 'times'

interface Common {
  readonly name: string
  readonly title: Said
  readonly required: boolean
}

export type Field = Common &
  (
    | { readonly kind: 'text'; readonly most: number; readonly long: boolean }
    | { readonly kind: 'date' }
    | { readonly kind: 'yesno' }
    | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly unit: Unit | null }
    | { readonly kind: 'choice'; readonly choices: readonly { readonly value: string; readonly title: Said }[] }
    | { readonly kind: 'list'; readonly lines: number; readonly most: number }
  )

/** A schema says something that this page cannot show. */
export class Unshown extends Error {}

const LONG = 200 // characters: from here on a text gets a box of several lines
const UNITS: readonly string[] = ['cents', 'days', 'hours', 'minutes', 'times']

type Json = Readonly<Record<string, unknown>>

function json(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unshown('object')
  return value as Json
}

function said(value: unknown): Said {
  const { nl, en } = json(value)
  if (typeof nl !== 'string' || typeof en !== 'string') throw new Unshown('title')
  return { nl, en }
}

function number(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise
  if (typeof value !== 'number') throw new Unshown('number')
  return value
}

/** A title in the language in use. */
export function told(words: Said): string {
  return words[language()]
}

/** The fields of a record type, in its order. Unshown when it asks something that no form here can. */
export function fieldsOf(document: Json): readonly Field[] {
  if (document.type !== 'object' || document.additionalProperties !== false) throw new Unshown('object')
  const required = (document.required ?? []) as readonly string[]
  return Object.entries(json(document.properties)).map(([name, given]) => field(name, json(given), required.includes(name)))
}

function field(name: string, given: Json, required: boolean): Field {
  const common = { name, title: said(given['x-title']), required }
  switch (given.type) {
    case 'boolean':
      return { ...common, kind: 'yesno' }
    case 'integer': {
      const unit = given['x-unit'] ?? null
      if (unit !== null && !UNITS.includes(unit as string)) throw new Unshown(`${name}: unit`)
      const [least, most] = [number(given.minimum, -(2 ** 53)), number(given.maximum, 2 ** 53)]
      return { ...common, kind: 'number', least, most, unit: unit as Unit | null }
    }
    case 'string':
      return text(common, given)
    case 'array': {
      const items = json(given.items)
      if (items.type !== 'string' || items.enum !== undefined) throw new Unshown(`${name}: items`)
      return { ...common, kind: 'list', lines: number(given.maxItems, 50), most: number(items.maxLength, 1000) }
    }
    default:
      throw new Unshown(`${name}: ${String(given.type)}`)
  }
}

function text(common: Common, given: Json): Field {
  if (given.format === 'date') return { ...common, kind: 'date' }
  if (given.format !== undefined || given.pattern !== undefined) throw new Unshown(`${common.name}: format`)
  if (Array.isArray(given.enum)) {
    const titles = json(given['x-choices'])
    const choices = (given.enum as string[]).map((value) => ({ value, title: said(titles[value]) }))
    return { ...common, kind: 'choice', choices }
  }
  const most = number(given.maxLength, 5000)
  return { ...common, kind: 'text', most, long: most > LONG }
}
