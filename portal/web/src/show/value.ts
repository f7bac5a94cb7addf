// SPDX-License-Identifier: EUPL-1.2
// One value of a record as a person reads it, and as a person types it.
import { language, say } from '../words/say.ts'
import { type Field, told } from './fields.ts'
import { isoDay, readDay, writeDay } from './when.ts'

/** Picked to leave a yes/no question open again. */
export const SKIPPED = 'skip'

/** What a form holds while somebody types: texts only, a list of them for a list. */
export type Typed = string | readonly string[]

function locale(): string {
  return language() === 'nl' ? 'nl-NL' : 'en-GB'
}

function euros(cents: number): string {
  return new Intl.NumberFormat(locale(), { style: 'currency', currency: 'EUR' }).format(cents / 100)
}

/** A value of a record that should be a text or number; anything else is not what its kind says, and shows as nothing. */
function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** A value in words. Null when nothing was filled in. */
export function shown(field: Field, value: unknown): string | null {
  if (value === undefined || value === null || value === '') return null
  switch (field.kind) {
    case 'yesno':
      return say(value === true ? 'app.yes' : 'app.no')
    case 'date':
      return isoDay(plain(value))
    case 'choice': {
      const choice = field.choices.find((one) => one.value === value)
      return choice ? told(choice.title) : plain(value)
    }
    case 'list':
      return Array.isArray(value) && value.length > 0 ? value.map(plain).join('\n') : null
    case 'number':
      return quantity(field.unit, Number(value))
    case 'text':
      return plain(value)
  }
}

function quantity(unit: (Field & { kind: 'number' })['unit'], value: number): string {
  switch (unit) {
    case 'cents':
      return euros(value)
    case 'days':
      return say('unit.days', { count: value })
    case 'hours':
      return say('unit.hours', { count: value })
    case 'times':
      return say('unit.times', { count: value })
    case 'minutes':
      return say('unit.minutes', { hours: Math.floor(value / 60), minutes: value % 60 })
    case null:
      return String(value) // a year, say: no points in it
  }
}

/** What the form shows of a value that is there already. */
export function typedOf(field: Field, value: unknown): Typed {
  if (field.kind === 'list') return Array.isArray(value) ? value.map(plain) : ['']
  if (value === undefined || value === null) return ''
  if (field.kind === 'date') return writeDay(plain(value))
  if (field.kind === 'yesno') return value === true ? 'yes' : 'no'
  if (field.kind !== 'number') return plain(value)
  const count = Number(value)
  if (field.unit === 'cents') return (count / 100).toFixed(2).replace('.', language() === 'nl' ? ',' : '.')
  if (field.unit === 'minutes') return `${String(Math.floor(count / 60))}:${String(count % 60).padStart(2, '0')}`
  return String(count)
}

/** A typed answer: the value for the record (undefined: left open), or what to say about it. */
export type Reading = { readonly value: unknown } | { readonly wrong: string }

/** Reads what was typed in one field. */
export function read(field: Field, typed: Typed): Reading {
  const title = told(field.title)
  if (typeof typed !== 'string') return list(field, typed)
  const text = typed.trim()
  if (text === '' || (text === SKIPPED && field.kind === 'yesno')) {
    if (!field.required) return { value: undefined }
    const picked = field.kind === 'yesno' || field.kind === 'choice'
    return { wrong: picked ? say('wrong.pick', { title }) : say('wrong.need', { title }) }
  }
  switch (field.kind) {
    case 'yesno':
      return { value: text === 'yes' }
    case 'date': {
      const day = readDay(text)
      return day === null ? { wrong: say('wrong.date') } : { value: day }
    }
    case 'number':
      return count(field, text)
    case 'text':
      return text.length > field.most ? { wrong: say('wrong.long', { most: field.most }) } : { value: text }
    case 'choice':
    case 'list':
      return { value: text }
  }
}

function list(field: Field, lines: readonly string[]): Reading {
  const kept = lines.map((line) => line.trim()).filter((line) => line !== '')
  if (field.kind !== 'list') return { value: undefined }
  if (kept.length === 0) return field.required ? { wrong: say('wrong.need', { title: told(field.title) }) } : { value: undefined }
  if (kept.length > field.lines) return { wrong: say('wrong.lines', { most: field.lines }) }
  return kept.some((line) => line.length > field.most) ? { wrong: say('wrong.long', { most: field.most }) } : { value: kept }
}

function count(field: Field & { kind: 'number' }, text: string): Reading {
  const value = amount(field.unit, text)
  if (value === null) {
    const wrong = field.unit === 'cents' ? 'wrong.money' : field.unit === 'minutes' ? 'wrong.minutes' : 'wrong.number'
    return { wrong: say(wrong) }
  }
  if (value < field.least) return { wrong: say('wrong.least', { least: quantity(field.unit, field.least) }) }
  if (value > field.most) return { wrong: say('wrong.most', { most: quantity(field.unit, field.most) }) }
  return { value }
}

/** "€ 1.250,50" -> 125050; "16:30" -> 990; "12" -> 12. Null when it is none of these. */
function amount(unit: (Field & { kind: 'number' })['unit'], text: string): number | null {
  if (unit === 'cents') {
    const found = /^(?:€\s*)?(\d{1,3}(?:[.\s]\d{3})+|\d+)(?:[.,](\d{1,2}))?$/.exec(text)
    if (!found) return null
    return Number((found[1] ?? '').replace(/[.\s]/g, '')) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
  }
  if (unit === 'minutes') {
    const found = /^(\d{1,4})(?:[:.](\d{2}))?$/.exec(text)
    return found && Number(found[2] ?? 0) < 60 ? Number(found[1]) * 60 + Number(found[2] ?? 0) : null
  }
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null
}
