// SPDX-License-Identifier: EUPL-1.2
// Whether a record is what its type asks, looked at after it was opened: no server ever can. The catalogue uses a small
// subset of JSON Schema: a closed object of texts, dates, choices, whole numbers, yes/no, and lists of those. Anything
// outside it fits nothing. Mirrors kluisje/schema.py.
type Rules = { readonly [name: string]: unknown }

/** Whether all members of `body` are what the record type says, and none is missing. */
export function fits(document: Rules, body: Rules): boolean {
  const known = document.properties as { readonly [name: string]: Rules }
  const required = (document.required ?? []) as readonly string[]
  if (!required.every((name) => Object.hasOwn(body, name))) return false
  return Object.entries(body).every(([name, value]) => Object.hasOwn(known, name) && fitsOne(known[name]!, value))
}

function fitsOne(rules: Rules, value: unknown): boolean {
  const within = (size: number, least: string, most: string): boolean =>
    size >= ((rules[least] as number | undefined) ?? size) && size <= ((rules[most] as number | undefined) ?? size)
  switch (rules.type) {
    case 'string':
      return typeof value === 'string' && fitsText(rules, value) && (rules.format === 'date' || within([...value].length, 'minLength', 'maxLength'))
    case 'integer':
      return Number.isSafeInteger(value) && within(value as number, 'minimum', 'maximum')
    case 'boolean':
      return typeof value === 'boolean'
    case 'array':
      if (!Array.isArray(value) || !within(value.length, 'minItems', 'maxItems')) return false
      return value.every((one) => fitsOne(rules.items as Rules, one))
    default:
      return false
  }
}

function fitsText(rules: Rules, text: string): boolean {
  if (Array.isArray(rules.enum) && !rules.enum.includes(text)) return false
  if (rules.format !== 'date') return true
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : null
  return day !== null && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
