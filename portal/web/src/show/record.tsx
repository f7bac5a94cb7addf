// SPDX-License-Identifier: EUPL-1.2
// One record, value by value. The same code draws her own screen, the consent screen and "Kijk als…": what she sees
// there is what the other side sees.
import { say } from '../words/say.ts'
import { type Field, fieldsOf, type Said, told } from './fields.ts'
import { shown } from './value.ts'

/** What this needs of a record that was opened. */
export interface Opened {
  readonly sch: string
  readonly body: Readonly<Record<string, unknown>>
  readonly att: readonly unknown[]
}

/** What this needs of a record type. */
export interface Kind {
  readonly title: Said
  readonly document: Readonly<Record<string, unknown>>
}

export type Kinds = ReadonlyMap<string, Kind>

function fields(kind: Kind | undefined): readonly Field[] {
  return kind ? fieldsOf(kind.document) : []
}

const NAMES = ['title', 'name'] // fields in which somebody names the thing

/** What a record is called in a list: the name that somebody gave it, or else its kind.
 * `further`: the other of the two, or a text that tells it from its neighbours. */
export function nameOf(record: Opened, kinds: Kinds): { readonly name: string; readonly kind: string; readonly further: string | null } {
  const kind = kinds.get(record.sch)
  const title = kind ? told(kind.title) : say('item.unknown')
  const texts = fields(kind).filter((field) => field.kind === 'text' && !field.long && typeof record.body[field.name] === 'string')
  const own = texts.find((field) => NAMES.includes(field.name))
  if (own) return { name: shown(own, record.body[own.name]) ?? title, kind: title, further: title }
  const other = texts[0] ?? fields(kind).find((field) => field.kind === 'date' && record.body[field.name] !== undefined)
  return { name: title, kind: title, further: other ? shown(other, record.body[other.name]) : null }
}

/** All words of a record, for searching on this device. */
export function wordsOf(record: Opened, kinds: Kinds): string {
  const kind = kinds.get(record.sch)
  const values = fields(kind).map((field) => shown(field, record.body[field.name]) ?? '')
  return [kind ? told(kind.title) : '', ...values].join('\n').replaceAll('\u00a0', ' ')
}

/** The values of a record. Fields that were left open are not drawn: the other side does not see them either. */
export function Values({ record, kinds }: { readonly record: Opened; readonly kinds: Kinds }) {
  const kind = kinds.get(record.sch)
  if (!kind) return <p class="nl-paragraph">{say('item.unknown')}</p>
  const rows = fields(kind).flatMap((field) => {
    const value = shown(field, record.body[field.name])
    return value === null ? [] : [{ field, value }]
  })
  return (
    <dl class="values">
      {rows.map(({ field, value }) => (
        <div key={field.name}>
          <dt>{told(field.title)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {record.att.length > 0 && (
        <div>
          <dt>{say('item.file')}</dt>
          <dd>{say('drawer.files', { count: record.att.length })}</dd>
        </div>
      )}
    </dl>
  )
}

/** A record with its kind above it. */
export function Thing({ record, kinds, level = 3 }: { readonly record: Opened; readonly kinds: Kinds; readonly level?: 3 | 4 }) {
  const { kind } = nameOf(record, kinds)
  const Title = level === 3 ? 'h3' : 'h4'
  return (
    <div class="thing">
      <Title class="nl-heading nl-heading--level-3">{kind}</Title>
      <Values record={record} kinds={kinds} />
    </div>
  )
}
