// SPDX-License-Identifier: EUPL-1.2
// What is typed and chosen: a line of text, a box or a round one, and the list of what is wrong with them.
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { Note } from './parts.tsx'
import { say } from '../words/say.ts'

interface LineProps {
  readonly id: string
  readonly label: string
  readonly hint?: string | undefined
  readonly wrong?: string | undefined
  /** Behind the label: "hoeft niet". */
  readonly extra?: string | undefined
  readonly short?: boolean
  readonly inputMode?: 'text' | 'numeric' | 'decimal'
  readonly autocapitalize?: 'none' | 'characters' | 'sentences'
  readonly spellcheck?: boolean
  readonly value: string
  readonly onType: (text: string) => void
}

/** What stands between the label of a field and the field: its hint, and what is wrong with it. */
export function Aside({ id, hint, wrong }: { readonly id: string; readonly hint?: string | undefined; readonly wrong?: string | undefined }) {
  return (
    <>
      {hint && (
        <p class="quiet small" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {wrong && (
        <p class="field__wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </>
  )
}

/** One line of text with its label, hint and what is wrong with it. */
export function TextLine({ id, label, hint, wrong, extra, short = false, inputMode = 'text', autocapitalize = 'sentences', spellcheck = true, value, onType }: LineProps) {
  const described = [hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ')
  return (
    <div class={wrong ? 'field field--wrong' : 'field'}>
      <label class="utrecht-form-label" for={id}>
        {label}
        {extra && <span class="quiet small"> ({extra})</span>}
      </label>
      <Aside id={id} hint={hint} wrong={wrong} />
      <input
        id={id}
        type="text"
        class={`utrecht-textbox${short ? ' utrecht-textbox--short' : ''}${wrong ? ' utrecht-textbox--invalid' : ''}`}
        autocomplete="off"
        inputMode={inputMode}
        autocapitalize={autocapitalize}
        spellcheck={spellcheck}
        value={value}
        aria-describedby={described || undefined}
        aria-invalid={wrong ? 'true' : undefined}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </div>
  )
}

interface ChoiceProps {
  readonly id: string
  readonly type: 'checkbox' | 'radio'
  readonly name?: string
  readonly checked: boolean
  readonly onPick: (on: boolean) => void
  readonly label: ComponentChildren
  readonly boxed?: boolean
  readonly children?: ComponentChildren
}

/** A box or a round one with its words beside it. */
export function Choice({ id, type, name, checked, onPick, label, boxed, children }: ChoiceProps) {
  return (
    <div class={boxed ? 'choice choice--boxed' : 'choice'}>
      <input id={id} type={type} name={name ?? id} checked={checked} onChange={(event) => onPick(event.currentTarget.checked)} />
      <label for={id}>{label}</label>
      {children}
    </div>
  )
}

/** What is filled in and sent as one: what is wrong stands on top, in our words. `go`: what its button does. */
export function Form({ class: kind, go, wrong = [], children }: { readonly class: string; readonly go: () => void; readonly wrong?: Faults; readonly children: ComponentChildren }) {
  return (
    <form
      class={kind}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        go()
      }}
    >
      <Summary wrong={wrong} />
      {children}
    </form>
  )
}

/** What is wrong with which field. */
export type Faults = readonly { readonly id: string; readonly text: string }[]

/** What is wrong with a group of choices, said at the group; `id`: of its first choice. */
export function Fault({ wrong, id }: { readonly wrong: Faults; readonly id: string }) {
  const found = wrong.find((one) => one.id === id)
  return found ? <p class="field__wrong">{found.text}</p> : null
}

/** The list of what is wrong in a form; takes focus, and each line leads to its field. */
export function Summary({ wrong }: { readonly wrong: Faults }) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (wrong.length > 0) box.current?.focus()
  }, [wrong])
  if (wrong.length === 0) return null
  return (
    <div tabIndex={-1} ref={box}>
      <Note kind="error">
        <h2 class="nl-heading nl-heading--level-3">{say('wrong.count', { count: wrong.length })}</h2>
        <ul class="stack stack--tight">
          {wrong.map(({ id, text }) => (
            <li key={id}>
              <a
                class="nl-link"
                href={`#${id}`}
                onClick={(event) => {
                  event.preventDefault() // the part behind # is our address
                  document.getElementById(id)?.focus()
                }}
              >
                {text}
              </a>
            </li>
          ))}
        </ul>
      </Note>
    </div>
  )
}
