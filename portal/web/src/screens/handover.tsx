// SPDX-License-Identifier: EUPL-1.2
// "Dit geef ik door. Klopt het?" A card that is made on this device and goes nowhere by itself: the person changes it,
// says yes, and then shows, copies, prints or reads it out, or keeps it in their own drawer. Nothing before that yes.
import { useRef, useState } from 'preact/hooks'
import { language, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { TextLine } from './inputs.tsx'
import { Busy, Button, Note, Numbers, Screen, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'
import { phone } from './states.tsx'

const DRAWER = 'private'
const NOTE = 'urn:kluisje:schema:note:1'
const THEMES = { nl: { permissions: 'delen', requests: 'vragen', looked: 'wie keek', vault: 'de kluis', lock: 'het slot', rights: 'rechten', life: 'school, geld of werk', safety: 'veilig zijn', ages: 'ouders en leeftijd', help: 'hulp', organisations: 'organisaties', relative: 'mijn kind', caseworker: 'mijn werk' }, en: { permissions: 'sharing', requests: 'requests', looked: 'who looked', vault: 'the vault', lock: 'the lock', rights: 'rights', life: 'school, money or work', safety: 'being safe', ages: 'parents and age', help: 'help', organisations: 'organisations', relative: 'my child', caseworker: 'my work' } } as const

interface Props {
  readonly topic: string | null
  readonly question: string
  readonly back: () => void
}

export function HandOver({ topic, question, back }: Props) {
  const app = useApp()
  const act = useAct()
  const themes: Readonly<Record<string, string>> = THEMES[language()]
  const [about, setAbout] = useState(topic === null ? '' : (themes[topic] ?? ''))
  const [asked, setAsked] = useState(question)
  const [reach, setReach] = useState('')
  const [approved, setApproved] = useState(false)
  const [done, setDone] = useState<string | null>(null)
  const card = useRef<HTMLElement>(null)
  const rows = [
    [say('handover.about'), about],
    [say('handover.question'), asked],
    [say('handover.reach'), reach],
  ].filter(([, text]) => text?.trim() !== '')
  const whole = rows.map(([term, text]) => `${term ?? ''}: ${text ?? ''}`).join('\n')
  const copy = () => {
    // The page may not reach the clipboard by itself (its Permissions-Policy): it may copy what is selected, at a press.
    const chosen = getSelection()
    if (!chosen || !card.current) return
    chosen.selectAllChildren(card.current)
    if (document.execCommand('copy')) setDone(say('handover.copied'))
    else act.tell(say('state.odd'))
    chosen.removeAllRanges()
  }
  const keep = () =>
    act.run(async () => {
      await app.person.keeps(DRAWER, { title: say('handover.note'), text: whole }, NOTE)
      setDone(say('handover.kept'))
    })
  return (
    <Screen title={say('handover.title')} lead={say(approved ? 'handover.ready' : 'handover.lead')}>
      {approved ? (
        <>
          <article class="card card--print" ref={card}>
            <dl class="values">
              {rows.map(([term, text]) => (
                <div key={term}>
                  <dt>{term}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </article>
          <p class="nl-paragraph">{say('handover.call', { phone: phone(app.person) })}</p>
          {act.busy && <Busy />}
          {act.said && <Trouble said={act.said} />}
          {done !== null && (
            <Note kind="ok" role="status">
              {done}
            </Note>
          )}
          <div class="buttons">
            <a class="nl-button nl-button--primary" href={`tel:${phone(app.person).replace(/[^\d+]/g, '')}`}>
              <span class="nl-button__label">{say('help.call', { number: phone(app.person) })}</span>
            </a>
            <Button onClick={copy}>{say('handover.copy')}</Button>
            <Button onClick={() => print()}>{say('receipts.print')}</Button>
            {app.person.open && <Button onClick={keep}>{say('handover.keep')}</Button>}
            <Button onClick={() => setApproved(false)}>{say('handover.change')}</Button>
          </div>
        </>
      ) : (
        <form
          class="card"
          onSubmit={(event) => {
            event.preventDefault()
            setApproved(true)
          }}
        >
          <TextLine id="handover-about" label={say('handover.about')} extra={say('handover.free')} value={about} onType={setAbout} />
          <TextLine id="handover-question" label={say('handover.question')} value={asked} onType={setAsked} />
          <TextLine id="handover-reach" label={say('handover.reach')} extra={say('handover.free')} hint={say('handover.reach.hint')} value={reach} onType={setReach} />
          <p class="nl-paragraph">{say('handover.right')}</p>
          <div class="buttons">
            <Button kind="primary" type="submit">
              {say('handover.yes')}
            </Button>
            <Button onClick={back}>{say('app.cancel')}</Button>
          </div>
        </form>
      )}
      <Numbers />
      {approved && (
        <div class="buttons">
          <Button onClick={back}>{say('handover.back')}</Button>
        </div>
      )}
    </Screen>
  )
}
