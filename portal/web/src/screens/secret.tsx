// SPDX-License-Identifier: EUPL-1.2
// Typing a code or words: one field, what is wrong with it, and what happens with it. For opening, and for typing back.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { say } from '../words/say.ts'
import { Form, TextLine } from './inputs.tsx'
import { Busy, Button, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'

interface Props {
  readonly id: string
  readonly label: string
  readonly hint: string
  /** Of the code, not of words: a telephone offers capitals. */
  readonly capitals: boolean
  readonly busy: string
  readonly go: string
  /** Does it. Answers what is wrong with what was typed, or null. */
  readonly use: (typed: string) => Promise<string | null>
  /** Words for an error that is about what was typed; null: another one. */
  readonly wording?: (error: unknown) => string | null
  /** A second button. */
  readonly further?: ComponentChildren
  /** What stands above the field. */
  readonly children?: ComponentChildren
}

export function SecretForm({ id, label, hint, capitals, busy, go, use, wording, further, children }: Props) {
  const act = useAct()
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const tell = (text: string | null) => setWrong(text === null ? [] : [{ id, text }])
  const submit = () => {
    tell(typed.trim() === '' ? say('unlock.empty') : null)
    if (typed.trim() === '') return
    act.run(
      async () => tell(await use(typed)),
      (error) => {
        const text = wording?.(error) ?? null
        if (text !== null) tell(text)
        return text !== null
      },
    )
  }
  return (
    <Form class="stack" go={submit} wrong={wrong}>
      {children}
      <TextLine id={id} label={label} hint={hint} wrong={wrong[0]?.text} value={typed} autocapitalize={capitals ? 'characters' : 'none'} spellcheck={false} onType={setTyped} />
      {act.busy && <Busy text={busy} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" type="submit">
          {go}
        </Button>
        {further}
      </div>
    </Form>
  )
}
