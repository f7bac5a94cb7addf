// SPDX-License-Identifier: EUPL-1.2
// A question from top to bottom: who asks, what for, why it is allowed, what stays closed, what a no means, how to stop.
// The same code draws the consent screen and what the asker sees before sending: what she checks there is what stands here.
// What can be picked is put in by who draws it: the person's boxes, or (the asker) the same rows without boxes.
import type { ComponentChildren } from 'preact'
import type { Bytes } from '../formats/spelling.ts'
import { language, say } from '../words/say.ts'
import { type Said, told } from './fields.ts'
import { Initial } from './icon.tsx'
import { Logo } from './logo.tsx'
import { ground, role } from './purpose.ts'
import { Checked } from './tick.tsx'

/** What this needs of a question, asked already or not yet. */
export interface Asking {
  readonly name: string
  readonly role: string
  readonly team: string
  /** How the directory says that the team is shown, checked here; left out before it was asked. */
  readonly face?: { readonly logo: Bytes | null; readonly contact: string | null; readonly suspended: boolean }
  /** The `KX-42` that both see; null before it was asked. */
  readonly code: string | null
  readonly act: 'read' | 'deposit'
  readonly note: string | null
  readonly purpose: {
    readonly why: Said
    readonly ifNo: Said
    readonly ground: string
    readonly article: string
    readonly texts: { readonly nl: { readonly text: string }; readonly en: { readonly text: string } }
  }
  /** Kinds of drawers that stay closed, whatever the answer. */
  readonly closed: readonly { readonly id: string; readonly title: Said }[]
}

/** Who asks, and that the register knows them. */
export function AskedBy({ asking }: { readonly asking: Asking }) {
  const { name, team, code, face } = asking
  return (
    <section class="stack stack--tight who">
      {face?.logo ? <Logo data={face.logo} /> : <Initial of={name} />}
      <p class="nl-paragraph nl-paragraph--lead">{say('request.who.line', { name, role: role(asking.role), team })}</p>
      <p>
        <Checked>{say('request.register')}</Checked>
      </p>
      {face?.suspended && <p class="nl-paragraph">{say('whynot.suspended')}</p>}
      {code !== null && <p class="quiet">{say('request.code', { name, code: code.replace('-', '\u2011') })}</p>}
      {face?.contact && <p class="quiet"><Contact contact={face.contact} /></p>}
    </section>
  )
}

/** One part of a question. */
function Step({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="step">
      <h2 class="nl-heading nl-heading--level-2">{title}</h2>
      {children}
    </section>
  )
}

interface SheetProps {
  readonly asking: Asking
  /** A row for each item: what is needed, and what is extra. */
  readonly needed: readonly ComponentChildren[]
  readonly extra: readonly ComponentChildren[]
  /** The ends there are to choose from. */
  readonly until: ComponentChildren
}

/** The question itself, in its fixed order. */
export function QuestionSheet({ asking, needed, extra, until }: SheetProps) {
  const { name, purpose } = asking
  const deposit = asking.act === 'deposit'
  return (
    <div class="card">
      <Step title={say(deposit ? 'request.wants.deposit' : 'request.wants', { name })}>
        <p class="nl-paragraph">{say(deposit ? 'request.wants.lead.deposit' : 'request.wants.lead')}</p>
        {needed.length > 0 && <h3 class="nl-heading nl-heading--level-3">{say('request.needed')}</h3>}
        {needed}
        {extra.length > 0 && <h3 class="nl-heading nl-heading--level-3">{say('request.extra')}</h3>}
        {extra}
      </Step>
      <Step title={say('request.whatfor')}>
        <p class="nl-paragraph">{told(purpose.why)}</p>
        {asking.note !== null && (
          <figure class="quote">
            <figcaption class="quiet small">{say('request.quote', { name })}</figcaption>
            <blockquote>{asking.note}</blockquote>
          </figure>
        )}
      </Step>
      <Step title={say('request.why')}>
        <p class="nl-paragraph">{ground(purpose.ground)}</p>
        <p class="quiet small">{say('request.why.article', { article: purpose.article })}</p>
      </Step>
      <Step title={say('request.not', { name })}>
        <p class="nl-paragraph">{say('request.not.text')}</p>
        <ul class="row">
          {asking.closed.map((one) => (
            <li class="nl-data-badge" key={one.id}>
              {told(one.title)}
            </li>
          ))}
        </ul>
      </Step>
      <Step title={say('request.until')}>{until}</Step>
      <Step title={say('request.no')}>
        <p class="nl-paragraph">{told(purpose.ifNo)}</p>
        <p class="nl-paragraph">{say('request.no.same', { name })}</p>
      </Step>
      <Step title={say('request.stop')}>
        <p class="nl-paragraph">{say(deposit ? 'request.stop.text.deposit' : 'request.stop.text', { name })}</p>
      </Step>
      <section class="step">
        <details>
          <summary>{say('request.exact')}</summary>
          <p class="exact quiet">{purpose.texts[language()].text}</p>
        </details>
      </section>
    </div>
  )
}

/** The kinds of drawers that a question leaves closed. */
export function closedBy<Category extends { readonly id: string }>(
  items: readonly { readonly kind: string; readonly ref: string }[],
  categories: readonly Category[],
): readonly Category[] {
  const wanted = new Set(items.filter((item) => item.kind === 'drawer').map((item) => item.ref))
  return categories.filter((one) => !wanted.has(one.id) && one.id !== 'answers')
}

/** How the team is reached; an address that is too long for its line breaks behind its @. */
function Contact({ contact }: { readonly contact: string }) {
  const [before, after] = say('request.contact', { contact }).split(contact)
  const [name, place] = contact.split('@')
  return (
    <>
      {before}
      <span class="address">
        {place === undefined ? contact : [`${name ?? ''}@`, <wbr key="at" />, place]}
      </span>
      {after}
    </>
  )
}
