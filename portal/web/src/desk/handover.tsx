// SPDX-License-Identifier: EUPL-1.2
// A case changes hands, or goes back; and what can be shown of it afterwards.
import { useState } from 'preact/hooks'
import { momentName } from '../show/when.ts'
import { told } from '../show/fields.ts'
import { save } from '../screens/files.tsx'
import { Choice, Fault, Form, TextLine } from '../screens/inputs.tsx'
import { Busy, Button, ButtonLink, Note, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { caseName, runningOf } from './cases.tsx'
import type { Case, Category, Colleague, Evidence } from './shapes.ts'
import { isClosed } from './states.ts'

const MOST = 280 // characters

export function HandOver() {
  const { app, member } = useDesk()
  const [, id = ''] = app.path
  const found = useLoad(async () => {
    const [one, colleagues] = await Promise.all([member.casework.case(id), member.administering.colleagues()])
    return { one, colleagues }
  }, [id])
  return (
    <Screen title={say('desk.handover.title')} back={`case/${id}`}>
      <Load from={found}>{(value) => <Inside {...value} />}</Load>
    </Screen>
  )
}

function Inside({ one, colleagues }: { readonly one: Case; readonly colleagues: readonly Colleague[] }) {
  const { app, member } = useDesk()
  const act = useAct()
  const [how, setHow] = useState<'take' | 'give' | 'back' | null>(null)
  const [to, setTo] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const grant = runningOf(one)
  const others = colleagues.filter((each) => !each.mine && each.ready)
  if (!grant) return <Note kind="info">{say('desk.handover.over')}</Note>
  const go = () => {
    const found: { id: string; text: string }[] = []
    if (how === null) found.push({ id: 'how-take', text: say('desk.handover.pick') })
    if (how === 'take' && reason.trim() === '') found.push({ id: 'reason', text: say('desk.handover.reason.empty') })
    if (reason.length > MOST) found.push({ id: 'reason', text: say('wrong.long', { most: MOST }) })
    if (how === 'give' && to === null) found.push({ id: 'to-0', text: say('desk.handover.to.pick') })
    setWrong(found)
    if (found.length > 0) return
    act.run(
      async () => {
        if (how === 'take') {
          await member.casework.takesOver(one, grant.id, reason.trim())
          app.said = say('desk.handover.taken')
        } else if (how === 'give' && to !== null) {
          await member.casework.gives(one, to)
          app.said = say('desk.handover.given', { name: others.find((each) => each.sub === to)?.name ?? '' })
        } else {
          await member.casework.handsBack(grant.id)
          app.said = say('desk.handover.backed')
        }
        app.go(`case/${one.id}`, true)
      },
      (error) => {
        if (!isClosed(error)) return false
        app.go('closed', true)
        return true
      },
    )
  }
  return (
    <Form class="stack stack--wide" go={go} wrong={wrong}>
      <p class="nl-paragraph nl-paragraph--lead">{caseName(one)}</p>
      <fieldset class="utrecht-form-fieldset__fieldset">
        <legend>{say('desk.handover.how')}</legend>
        <Fault wrong={wrong} id="how-take" />
        <Choice id="how-take" type="radio" name="how" boxed checked={how === 'take'} onPick={() => setHow('take')} label={say('desk.handover.take')}>
          <p class="quiet small">{say('desk.handover.take.text')}</p>
        </Choice>
        <Choice id="how-give" type="radio" name="how" boxed checked={how === 'give'} onPick={() => setHow('give')} label={say('desk.handover.give')}>
          <p class="quiet small">{say('desk.handover.give.text')}</p>
        </Choice>
        <Choice id="how-back" type="radio" name="how" boxed checked={how === 'back'} onPick={() => setHow('back')} label={say('desk.handover.back')}>
          <p class="quiet small">{say('desk.handover.back.text')}</p>
        </Choice>
      </fieldset>
      {how === 'take' && <TextLine id="reason" label={say('desk.handover.reason')} hint={say('desk.handover.reason.hint')} wrong={wrong.find((each) => each.id === 'reason')?.text} value={reason} onType={setReason} />}
      {how === 'give' && (
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('desk.handover.to')}</legend>
          {others.length === 0 && <p class="quiet">{say('desk.handover.nobody')}</p>}
          {others.map((each, n) => (
            <Choice key={each.sub} id={`to-${String(n)}`} type="radio" name="to" checked={to === each.sub} onPick={() => setTo(each.sub)} label={each.name} />
          ))}
        </fieldset>
      )}
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" type="submit">
          {say('desk.handover.go')}
        </Button>
      </div>
    </Form>
  )
}

export function EvidenceOf() {
  const { app, member } = useDesk()
  const [, id = ''] = app.path
  const found = useLoad(async () => {
    const [evidence, categories] = await Promise.all([member.answering.evidence(id), member.register.categories()])
    return { evidence, categories }
  }, [id])
  return (
    <Screen title={say('desk.evidence.title')} lead={say('desk.evidence.lead')} back="cases">
      <Load from={found}>{(value) => <Shown id={id} {...value} />}</Load>
    </Screen>
  )
}

function Shown({ id, evidence, categories }: { readonly id: string; readonly evidence: Evidence; readonly categories: readonly Category[] }) {
  const name = (category: string) => {
    const found = categories.find((one) => one.id === category)
    return found ? told(found.title) : category
  }
  return (
    <>
      <section class="card">
        <p class="nl-paragraph">{say('desk.evidence.yes', { moment: momentName(evidence.signed) })}</p>
        <h2 class="nl-heading nl-heading--level-2">{say(evidence.act === 'deposit' ? 'desk.evidence.brought' : 'desk.evidence.looks', { count: evidence.looks.length })}</h2>
        <ul class="lines">
          {evidence.looks.map((one, n) => (
            <li key={n}>{say('desk.evidence.look', { moment: momentName(one.at), drawers: one.drawers.map(name).join(', ') })}</li>
          ))}
        </ul>
      </section>
      <Note kind="info">{say('desk.evidence.none')}</Note>
      <div class="buttons">
        <Button kind="primary" onClick={() => save(evidence.file, `bewijs-${id}.json`)}>
          {say('desk.evidence.save')}
        </Button>
        <ButtonLink to="cases">{say('app.done')}</ButtonLink>
      </div>
    </>
  )
}
