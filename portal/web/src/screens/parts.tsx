// SPDX-License-Identifier: EUPL-1.2
// What screens are made of: the screen itself with its one heading, buttons, messages, long work. What is typed and
// chosen is in inputs.tsx; loading and doing in working.tsx.
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon, type IconName } from '../show/icon.tsx'
import { say } from '../words/say.ts'
import { href, useApp } from './app.ts'
import type { Said } from './states.tsx'

type Children = { readonly children?: ComponentChildren }

type ScreenProps = Children & {
  readonly title: string
  readonly lead?: string
  /** Where "Terug" goes. */
  readonly back?: string
  /** Which step of making a vault this is. */
  readonly step?: number
}
const STEPS = 2

/** A screen: one h1, which takes focus when the screen comes, so that a reader starts there. Before it is painted: who sees
 * a screen and presses is not put back at its beginning. */
export function Screen({ title, lead, back, step, children }: ScreenProps) {
  const app = useApp()
  const heading = useRef<HTMLHeadingElement>(null)
  const said = useRef(app.said)
  useLayoutEffect(() => {
    app.said = null
    if (moved) heading.current?.focus()
    moved = true
    toTop()
  }, [])
  useEffect(() => {
    const own = app.person.tabTitle
    document.title = own ?? say('app.title', { screen: title, app: say('app.name') })
  }, [title])
  return (
    <>
      <div class="head">
        {back !== undefined && (
          <p>
            <a class="nl-link back" href={href(back)}>
              {say('app.back')}
            </a>
          </p>
        )}
        {step !== undefined && <p class="quiet small">{say('make.step', { n: step, total: STEPS })}</p>}
        <h1 class="nl-heading nl-heading--level-1" tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {lead !== undefined && <p class="nl-paragraph nl-paragraph--lead">{lead}</p>}
      </div>
      {said.current !== null && (
        <Note kind="ok" role="status">
          {said.current}
        </Note>
      )}
      {children}
    </>
  )
}

/** Back to the top: of the text between the bars, or of the page where the text is all there is. */
export function toTop(): void {
  scrollTo(0, 0)
  document.querySelector('.scroll')?.scrollTo(0, 0)
}

let moved = false // the very first screen leaves focus where the browser put it

type ButtonProps = Children & {
  readonly kind?: 'primary' | 'secondary' | 'subtle'
  readonly icon?: IconName
  readonly onClick?: (event: MouseEvent) => void
  readonly type?: 'button' | 'submit'
  readonly label?: string | undefined
  /** The id of words that tell this one from others that say the same. */
  readonly described?: string | undefined
}

/** A button. It is never disabled: what cannot be done yet says why when pressed. */
export function Button({ kind = 'secondary', icon, onClick, type = 'button', label, described, children }: ButtonProps) {
  return (
    <button type={type} class={BUTTON[kind]} onClick={onClick} aria-label={label} aria-describedby={described}>
      {icon && (
        <span class="nl-button__icon-start">
          <Icon name={icon} />
        </span>
      )}
      <span class="nl-button__label">{children}</span>
    </button>
  )
}

/** A link that looks like a button: it goes somewhere. */
export function ButtonLink({ to, kind = 'secondary', children }: Children & { readonly to: string; readonly kind?: 'primary' | 'secondary' }) {
  return (
    <a class={BUTTON[kind]} href={href(to)}>
      <span class="nl-button__label">{children}</span>
    </a>
  )
}
const BUTTON = {
  primary: 'nl-button nl-button--primary',
  secondary: 'nl-button nl-button--secondary',
  subtle: 'nl-button nl-button--subtle',
}

/** The one tap that stops. */
export function StopButton({ grant, team, kind = 'secondary', described }: { readonly grant: string; readonly team: string; readonly kind?: 'primary' | 'secondary'; readonly described?: string }) {
  const app = useApp()
  return (
    <Button kind={kind} described={described} onClick={() => app.go(`stop/${grant}`)}>
      {say('running.stop.who', { team })}
    </Button>
  )
}

/** A plain link within the portal. */
export function To({ to, children, current, label }: Children & { readonly to: string; readonly current?: boolean; readonly label?: string }) {
  return (
    <a class="nl-link" href={href(to)} aria-current={current ? 'true' : undefined} aria-label={label}>
      {children}
    </a>
  )
}

type NoteProps = Children & {
  readonly kind: 'info' | 'ok' | 'warning' | 'error'
  readonly role?: 'status' | 'alert'
}

/** A message in a box. */
export function Note({ kind, role, children }: NoteProps) {
  return (
    <div class={NOTE[kind]} role={role}>
      <div class={NOTE_ICON[kind]}>
        <Icon name={kind === 'ok' ? 'check' : kind === 'info' ? 'info' : 'alert'} />
      </div>
      <div class="utrecht-alert__content stack">
        {typeof children === 'string' ? <p class="nl-paragraph">{children}</p> : children}
      </div>
    </div>
  )
}
const NOTE = {
  info: 'utrecht-alert utrecht-alert--info',
  ok: 'utrecht-alert utrecht-alert--ok',
  warning: 'utrecht-alert utrecht-alert--warning',
  error: 'utrecht-alert utrecht-alert--error',
}
const NOTE_ICON = {
  info: 'utrecht-alert__icon utrecht-alert__icon--info',
  ok: 'utrecht-alert__icon utrecht-alert__icon--ok',
  warning: 'utrecht-alert__icon utrecht-alert__icon--warning',
  error: 'utrecht-alert__icon utrecht-alert__icon--error',
}

/** What went wrong; takes focus, so that it is heard and seen. */
export function Trouble({ said, again }: { readonly said: Said; readonly again?: (() => void) | undefined }) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => box.current?.focus(), [said])
  return (
    <div tabIndex={-1} ref={box} class="stack">
      <Note kind={said.alarm ? 'error' : 'warning'} role="alert">
        {said.text}
      </Note>
      {said.offline && <Numbers />}
      {said.signIn && (
        <div class="buttons">
          <ButtonLink to="signin" kind="primary">
            {say('signin.go')}
          </ButtonLink>
        </div>
      )}
      {again && !said.alarm && !said.signIn && (
        <div class="buttons">
          <Button onClick={again}>{say('app.again')}</Button>
        </div>
      )}
    </div>
  )
}

/** Whom to call when it cannot wait. */
export function Numbers() {
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('numbers.title')}</h2>
      <ul class="stack">
        {([say('numbers.danger'), say('numbers.suicide'), say('numbers.child'), say('numbers.home')] as const).map((text) => (
          <li key={text}>{text.split(NUMBER).map((part, n) => (n % 2 === 0 ? part : <Call key={n} number={part} />))}</li>
        ))}
      </ul>
    </section>
  )
}

const NUMBER = /(\b0800-\d{4}\b|\b11[23]\b)/ // split: each second piece is one

function Call({ number }: { readonly number: string }) {
  return (
    <a class="nl-link call" aria-label={say('numbers.call', { number })} href={`tel:${number.replace('-', '')}`}>
      {number}
    </a>
  )
}

/** Short work: said, not drawn as a wheel. */
export function Busy({ text }: { readonly text?: string }) {
  return (
    <p class="nl-paragraph quiet" role="status">
      {text ?? say('app.loading')}
    </p>
  )
}

/** Long work: a bar, and a word each ten percent. */
export function Progress({ done, total, label, text }: { readonly done: number; readonly total: number; readonly label: string; readonly text: string }) {
  const tenth = total > 0 ? Math.floor((done / total) * 10) : 0
  const spoken = useRef({ tenth: -1, text })
  if (spoken.current.tenth !== tenth) spoken.current = { tenth, text }
  return (
    <div class="stack stack--tight">
      <progress value={done} max={Math.max(total, 1)} aria-label={label} />
      <p class="nl-paragraph" aria-hidden="true">
        {text}
      </p>
      <p class="unseen" role="status">
        {spoken.current.text}
      </p>
    </div>
  )
}
