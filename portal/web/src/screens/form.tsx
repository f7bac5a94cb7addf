// SPDX-License-Identifier: EUPL-1.2
// A form made from a record type. Own messages only: a summary that takes focus, and a line at each field.
import { useState } from 'preact/hooks'
import type { Schema } from '../device/person.ts'
import { type Field, fieldsOf, told } from '../show/fields.ts'
import { read, SKIPPED, type Typed, typedOf } from '../show/value.ts'
import { say } from '../words/say.ts'
import { Files } from './files.tsx'
import { Aside, Choice, Form, TextLine } from './inputs.tsx'
import { Button, Progress, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'

export type Values = Readonly<Record<string, unknown>>
export type Save = (body: Values, files: readonly File[], progress: (done: number, total: number) => void) => Promise<void>

interface Props {
  readonly schema: Schema
  readonly body?: Values
  /** Files that were chosen before the form. */
  readonly files?: readonly File[]
  /** Files that the record has already: then none has to be chosen. */
  readonly kept?: number
  /** What its button says, what is said while it works, and (where there is something to say) above its files. */
  readonly words?: { readonly go: string; readonly busy: string; readonly files?: string }
  readonly save: Save
}

export function RecordForm({ schema, body = {}, files: chosen = [], kept = 0, words = { go: say('item.save'), busy: say('item.busy') }, save }: Props) {
  const fields = fieldsOf(schema.document)
  const act = useAct()
  const [typed, setTyped] = useState<Readonly<Record<string, Typed>>>(() => Object.fromEntries(fields.map((field) => [field.name, typedOf(field, body[field.name])])))
  const [files, setFiles] = useState<readonly File[]>(chosen)
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const [sent, setSent] = useState<{ done: number; total: number } | null>(null)

  const submit = () => {
    const found: Record<string, unknown> = {}
    const faults: { id: string; text: string }[] = []
    for (const field of fields) {
      const reading = read(field, typed[field.name] ?? '')
      if ('wrong' in reading) faults.push({ id: idOf(field), text: reading.wrong })
      else if (reading.value !== undefined) found[field.name] = reading.value
    }
    if (schema.attachment === 'required' && files.length + kept === 0) faults.push({ id: 'files', text: say('wrong.file') })
    setWrong(faults)
    if (faults.length > 0) return
    act.run(() => save(found, files, (done, total) => setSent({ done, total })))
  }

  return (
    <Form class="stack stack--wide" go={submit} wrong={wrong}>
      {fields.map((field) => (
        <OneField key={field.name} field={field} typed={typed[field.name] ?? ''} wrong={wrong.find((one) => one.id === idOf(field))?.text} type={(value) => setTyped((before) => ({ ...before, [field.name]: value }))} />
      ))}
      {schema.attachment !== 'none' && words.files && <p class="quiet">{words.files}</p>}
      {schema.attachment !== 'none' && <Files files={files} choose={setFiles} wrong={wrong.find((one) => one.id === 'files')?.text} />}
      {act.busy && sent && sent.total > 0 && <Progress done={sent.done} total={sent.total} label={say('upload.bar')} text={say('upload.percent', { percent: Math.floor((sent.done / sent.total) * 100) })} />}
      {act.busy && !sent && (
        <p class="nl-paragraph quiet" role="status">
          {words.busy}
        </p>
      )}
      {act.said && <Trouble said={act.said} again={submit} />}
      <div class="buttons">
        <Button kind="primary" type="submit">
          {words.go}
        </Button>
      </div>
    </Form>
  )
}

/** The id of a field's first control: what the summary links to. */
function idOf(field: Field): string {
  return field.kind === 'list' ? `field-${field.name}-0` : field.kind === 'yesno' ? `field-${field.name}-yes` : `field-${field.name}`
}

interface FieldProps {
  readonly field: Field
  readonly typed: Typed
  readonly wrong: string | undefined
  readonly type: (value: Typed) => void
}

function OneField({ field, typed, wrong, type }: FieldProps) {
  const id = `field-${field.name}`
  const title = told(field.title)
  const extra = field.required ? undefined : say('item.optional')
  const text = typeof typed === 'string' ? typed : ''
  switch (field.kind) {
    case 'yesno':
      return <YesNo field={field} typed={text} wrong={wrong} type={type} />
    case 'choice':
      return (
        <div class={wrong ? 'field field--wrong' : 'field'}>
          <Label id={id} title={title} extra={extra} />
          <Aside id={id} wrong={wrong} />
          <select id={id} class={`utrecht-select utrecht-select--html-select${wrong ? ' utrecht-select--invalid' : ''}`} value={text} aria-describedby={wrong ? `${id}-wrong` : undefined} aria-invalid={wrong ? 'true' : undefined} onChange={(event) => type(event.currentTarget.value)}>
            <option value="">{say('item.choose')}</option>
            {field.choices.map((choice) => (
              <option key={choice.value} value={choice.value}>
                {told(choice.title)}
              </option>
            ))}
          </select>
        </div>
      )
    case 'list':
      return <Lines field={field} typed={typeof typed === 'string' ? [typed] : typed} wrong={wrong} type={type} />
    case 'text':
      if (field.long)
        return (
          <div class={wrong ? 'field field--wrong' : 'field'}>
            <Label id={id} title={title} extra={extra} />
            <Aside id={id} wrong={wrong} />
            <textarea id={id} class="utrecht-textbox utrecht-textbox--multiline" value={text} aria-describedby={wrong ? `${id}-wrong` : undefined} aria-invalid={wrong ? 'true' : undefined} onInput={(event) => type(event.currentTarget.value)} />
          </div>
        )
      return <TextLine id={id} label={title} extra={extra} wrong={wrong} value={text} onType={type} />
    case 'date':
      return <TextLine id={id} label={title} extra={extra} hint={say('item.date.hint')} wrong={wrong} short inputMode="numeric" value={text} onType={type} />
    case 'number':
      return <TextLine id={id} label={title} extra={extra} hint={hint(field.unit)} wrong={wrong} short inputMode={field.unit === null || field.unit === 'days' || field.unit === 'times' ? 'numeric' : 'decimal'} value={text} onType={type} />
  }
}

function hint(unit: (Field & { kind: 'number' })['unit']): string {
  if (unit === null) return say('item.number')
  return unit === 'cents' ? say('item.money') : say(`unit.hint.${unit}`)
}

function Label({ id, title, extra }: { readonly id: string; readonly title: string; readonly extra: string | undefined }) {
  return (
    <label class="utrecht-form-label" for={id}>
      {title}
      {extra && <span class="quiet small"> ({extra})</span>}
    </label>
  )
}

function YesNo({ field, typed, wrong, type }: FieldProps & { readonly typed: string }) {
  const id = `field-${field.name}`
  const answers = field.required ? (['yes', 'no'] as const) : (['yes', 'no', SKIPPED] as const)
  const words = { yes: say('app.yes'), no: say('app.no'), [SKIPPED]: say('item.skip') }
  return (
    <fieldset class={wrong ? 'utrecht-form-fieldset__fieldset field--wrong' : 'utrecht-form-fieldset__fieldset'} aria-describedby={wrong ? `${id}-wrong` : undefined}>
      <legend>{told(field.title)}</legend>
      <Aside id={id} wrong={wrong} />
      <div class="row">
        {answers.map((one) => (
          <Choice key={one} id={`${id}-${one}`} type="radio" name={id} checked={typed === one} onPick={() => type(one)} label={words[one]} />
        ))}
      </div>
    </fieldset>
  )
}

function Lines({ field, typed, wrong, type }: FieldProps & { readonly typed: readonly string[] }) {
  const id = `field-${field.name}`
  const title = told(field.title)
  const most = field.kind === 'list' ? field.lines : 1
  const lines = typed.length === 0 ? [''] : typed
  return (
    <fieldset class={wrong ? 'utrecht-form-fieldset__fieldset field--wrong' : 'utrecht-form-fieldset__fieldset'} aria-describedby={wrong ? `${id}-wrong` : undefined}>
      <legend>
        {title}
        {!field.required && <span class="quiet small"> ({say('item.optional')})</span>}
      </legend>
      <Aside id={id} wrong={wrong} />
      {lines.map((line, n) => (
        <div class="row" key={n}>
          <input id={`${id}-${String(n)}`} class="utrecht-textbox" autocomplete="off" aria-label={say('item.list.line', { title, n: n + 1 })} value={line} onInput={(event) => type(lines.map((one, at) => (at === n ? event.currentTarget.value : one)))} />
          {lines.length > 1 && (
            <Button kind="subtle" onClick={() => type(lines.filter((_, at) => at !== n))}>
              {say('item.list.remove', { n: n + 1 })}
            </Button>
          )}
        </div>
      ))}
      {lines.length < most && (
        <div class="buttons">
          <Button onClick={() => type([...lines, ''])}>{say('item.list.add')}</Button>
        </div>
      )}
    </fieldset>
  )
}
