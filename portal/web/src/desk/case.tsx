// SPDX-License-Identifier: EUPL-1.2
// One case: what was asked, what came of it, and what can be done now.
import { useState } from 'preact/hooks'
import { told } from '../show/fields.ts'
import { dayName, lastDay, momentName } from '../show/when.ts'
import { Form, TextLine } from '../screens/inputs.tsx'
import { Busy, Button, ButtonLink, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { caseName, EndsSoon, runningOf, State } from './cases.tsx'
import type { Case, Granted } from './shapes.ts'
import { askingRefused } from './states.ts'

export function OneCase() {
  const { app, member } = useDesk()
  const [, id = ''] = app.path
  const found = useLoad(() => member.casework.case(id), [id])
  const title = found[0].state === 'done' ? caseName(found[0].value) : say('desk.cases.title')
  return (
    <Screen title={title} back="cases">
      <Load from={found}>{(one) => <Inside one={one} again={found[1]} />}</Load>
    </Screen>
  )
}

function Inside({ one, again }: { readonly one: Case; readonly again: () => void }) {
  const grant = runningOf(one)
  const ended = one.grants.find((each) => each.state === 'ended') ?? null
  return (
    <>
      <p class="row">
        <State one={one} />
        <span class="quiet">{one.purpose ? told(one.purpose.title) : ''}</span>
      </p>
      {one.state === 'open' && <Waiting one={one} again={again} />}
      {one.state === 'countered' && <Offered one={one} />}
      {grant && <Runs one={one} grant={grant} />}
      {!grant && ended && <Ended grant={ended} />}
      {one.state === 'no-answer' && <Note kind="info">{say('desk.case.noanswer')}</Note>}
      <section class="card">
        <h2 class="nl-heading nl-heading--level-2">{say('desk.case.asked')}</h2>
        <dl class="values">
          <div>
            <dt>{say('desk.case.items')}</dt>
            <dd>{itemTitles(one).join('\n')}</dd>
          </div>
          <div>
            <dt>{say('desk.case.until')}</dt>
            <dd>{lastDay(one.asked.ends)}</dd>
          </div>
          <div>
            <dt>{say('desk.case.by')}</dt>
            <dd>{say('desk.case.by.at', { name: one.asked.name, moment: momentName(one.asked.iat) })}</dd>
          </div>
          {one.asked.note !== null && (
            <div>
              <dt>{say('desk.case.note')}</dt>
              <dd>{one.asked.note}</dd>
            </div>
          )}
        </dl>
      </section>
      <Naming one={one} again={again} />
    </>
  )
}

/** What a question asked, as its purpose calls it. */
function itemTitles(one: Case): readonly string[] {
  return one.asked.items.map((item) => {
    const listed = one.purpose?.items.find((each) => each.kind === item.kind && each.ref === item.ref)
    return listed ? told(listed.title) : item.ref
  })
}

function Waiting({ one, again }: { readonly one: Case; readonly again: () => void }) {
  const { member } = useDesk()
  const act = useAct()
  return (
    <section class="card">
      <p class="nl-paragraph">{say('desk.case.open', { date: dayName(one.expires) })}</p>
      <p class="quiet">{say('desk.case.open.same')}</p>
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button onClick={again}>{say('desk.case.look')}</Button>
        <Button
          onClick={() =>
            act.run(async () => {
              await member.casework.takesBack(one.id)
              again()
            })
          }
        >
          {say('desk.case.back')}
        </Button>
      </div>
    </section>
  )
}

/** A counter-offer: what is offered, and asking just that. It gives nothing before a new yes. */
function Offered({ one }: { readonly one: Case }) {
  const { app, member } = useDesk()
  const act = useAct()
  const { offer } = one
  if (!offer) return null
  const titles = offer.items.map((item) => one.purpose?.items.find((each) => each.kind === item.kind && each.ref === item.ref)).map((item) => (item ? told(item.title) : ''))
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.case.offer')}</h2>
      {offer.talkFirst && <p class="nl-paragraph">{say('desk.case.offer.talk')}</p>}
      {offer.askAfter !== null && <p class="nl-paragraph">{say('desk.case.offer.later', { date: dayName(offer.askAfter) })}</p>}
      {titles.length > 0 && (
        <dl class="values">
          <div>
            <dt>{say('desk.case.items')}</dt>
            <dd>{titles.join('\n')}</dd>
          </div>
          <div>
            <dt>{say('desk.case.until')}</dt>
            <dd>{lastDay(offer.endsAt ?? one.asked.ends)}</dd>
          </div>
        </dl>
      )}
      {offer.note !== null && (
        <figure class="quote">
          <figcaption class="quiet small">{say('desk.case.offer.note')}</figcaption>
          <blockquote>{offer.note}</blockquote>
        </figure>
      )}
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      {titles.length > 0 && (
        <>
          <p class="quiet">{say('desk.case.offer.how')}</p>
          <div class="buttons">
            <Button
              kind="primary"
              onClick={() =>
                act.run(
                  async () => {
                    const asked = await member.casework.accepts(one)
                    app.said = say('desk.ask.sent', { code: asked.code.replace('-', '\u2011') })
                    app.go(`case/${asked.id}`, true)
                  },
                  (error) => {
                    const said = askingRefused(error)
                    if (said === null) return false
                    act.tell(said)
                    return true
                  },
                )
              }
            >
              {say('desk.case.offer.go')}
            </Button>
          </div>
        </>
      )}
    </section>
  )
}

/** The drawers of a grant by name. */
export function drawersOf(grant: Granted): string {
  return grant.drawers.map((one) => (one.title ? told(one.title) : one.category)).join(', ')
}

function Runs({ one, grant }: { readonly one: Case; readonly grant: Granted }) {
  const brings = grant.act === 'deposit'
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say(brings ? 'desk.case.bring' : 'desk.case.may', { drawers: drawersOf(grant) })}</h2>
      {brings && <p class="nl-paragraph">{say('desk.bring.never')}</p>}
      <p class="nl-paragraph">{grant.kind === 'once' ? say('desk.case.may.once') : say('desk.case.may.until', { date: lastDay(grant.ends) })}</p>
      <EndsSoon grant={grant} />
      <div class="buttons">
        <ButtonLink to={`${brings ? 'bring' : 'open'}/${grant.id}`} kind="primary">
          {say(brings ? 'desk.bring.title' : 'desk.case.open.go')}
        </ButtonLink>
        <ButtonLink to={`handover/${one.id}`}>{say('desk.case.handover')}</ButtonLink>
        <ButtonLink to={`evidence/${grant.id}`}>{say('desk.case.evidence')}</ButtonLink>
      </div>
    </section>
  )
}

function Ended({ grant }: { readonly grant: Granted }) {
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.case.ended')}</h2>
      <p class="nl-paragraph">{say(grant.act === 'deposit' ? 'desk.case.ended.bring' : 'desk.case.ended.text')}</p>
      <div class="buttons">
        {grant.act === 'read' && (
          <ButtonLink to="deletion" kind="primary">
            {say('desk.nav.deletion')}
          </ButtonLink>
        )}
        <ButtonLink to={`evidence/${grant.id}`}>{say('desk.case.evidence')}</ButtonLink>
      </div>
    </section>
  )
}

/** A name of the organisation's own; it stays at the desk. */
function Naming({ one, again }: { readonly one: Case; readonly again: () => void }) {
  const { member } = useDesk()
  const act = useAct()
  const [name, setName] = useState(one.name ?? '')
  const keep = () => {
    if (name.trim() === '') act.tell(say('desk.case.name.empty'))
    else
      act.run(async () => {
        await member.casework.names(one.id, name.trim())
        again()
      })
  }
  return (
    <Form class="stack" go={keep}>
      <TextLine id="case-name" label={say('desk.case.name')} hint={say('desk.case.name.hint')} value={name} onType={setName} />
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button type="submit">{say('desk.case.name.go')}</Button>
      </div>
    </Form>
  )
}
