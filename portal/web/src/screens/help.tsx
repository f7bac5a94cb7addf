// SPDX-License-Identifier: EUPL-1.2
// The helper: a field, what the computer answers, and buttons that lead to the right screen (chatbot.md, "In the portal").
//
// The talk is in this screen's memory and nowhere else: it ends when somebody wipes it, leaves, locks or exits. What is
// typed is looked at for numbers of oneself before it leaves. What somebody may see is filled in here, from their own
// permissions with their own token; the helper never learns it.
import { useEffect, useRef, useState } from 'preact/hooks'
import { type Answer, asks, type Audience } from '../device/chatbot.ts'
import { hasOwnNumber } from '../device/numbers.ts'
import { language, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { HandOver } from './handover.tsx'
import { Actions } from './helped.tsx'
import { Choice, TextLine } from './inputs.tsx'
import { Busy, Button, Note, Numbers, Screen } from './parts.tsx'
import { useAct } from './working.tsx'
import { phone, type Said, worded } from './states.tsx'

const CRISIS = 'crisis-'
const FIELD = 'help-question'

interface Turn {
  readonly n: number
  readonly asked: string
  readonly answer: Answer
}

export function Help() {
  const app = useApp()
  const act = useAct()
  const [text, setText] = useState('')
  const [relative, setRelative] = useState(false)
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const [crisis, setCrisis] = useState<Answer | null>(null)
  const [trouble, setTrouble] = useState<Said | null>(null)
  const [numbers, setNumbers] = useState(false)
  const [card, setCard] = useState<{ readonly topic: string | null; readonly question: string } | null>(null)
  const own = useRef<Audience | null>(null)
  const wipe = () => {
    setTurns([])
    setCrisis(null)
    setTrouble(null)
    setNumbers(false)
    setCard(null)
    setText('')
  }
  useEffect(() => app.person.onLock(wipe), [])
  const audience = async (): Promise<Audience> => {
    if (relative) return 'relative'
    if (!app.person.signedIn) return '12-15'
    // How old somebody is says which words fit; where that is not known now, the words for the youngest do.
    own.current ??= await app.person.ageBand().then(
      (band) => (band === '16-17' || band === '18+' ? '16+' : '12-15'),
      () => '12-15' as const,
    )
    return own.current
  }
  const ask = (question: string, asked = false) => {
    const typed = question.trim()
    setTrouble(null)
    setNumbers(false)
    document.getElementById(FIELD)?.focus()
    if (typed === '') return
    if (hasOwnNumber(typed, [phone(app.person)])) return setNumbers(true) // it stays in the field, and on this device
    act.run(
      async () => {
        const answer = await asks(app.person.settings, typed, language(), await audience(), asked)
        setText('')
        if (answer.rule === 'numbers') return setNumbers(true)
        if (answer.rule.startsWith(CRISIS)) return setCrisis(answer)
        setTurns((before) => [...before, { n: before.length, asked: asked ? '' : typed, answer }])
      },
      (error) => {
        setTrouble(worded(error, app.person))
        return true
      },
    )
  }
  const handOver = (topic?: string) => setCard({ topic: topic ?? null, question: turns.findLast((turn) => turn.asked !== '')?.asked ?? text })
  if (card) return <HandOver {...card} back={() => setCard(null)} />
  return (
    <Screen title={say('help.title')} lead={say('help.computer')}>
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Esc closes the helper from anywhere in it */}
      <div class="stack help" onKeyDown={(event) => event.key === 'Escape' && app.go(app.person.open ? 'home' : app.person.signedIn ? 'unlock' : 'welcome')}>
        <div role="alert" class="stack">
          {crisis && (
            <Note kind="error">
              <p class="nl-paragraph" lang={crisis.locale}>
                {crisis.say}
              </p>
              <Actions answer={crisis} handOver={handOver} />
            </Note>
          )}
        </div>
        <form
          class="search"
          onSubmit={(event) => {
            event.preventDefault()
            ask(text)
          }}
        >
          <TextLine id={FIELD} label={say('help.field')} hint={say('help.hint')} value={text} onType={setText} />
          <Button kind="primary" type="submit">
            {say('help.ask')}
          </Button>
        </form>
        <div role="status" class="stack">
          {act.busy && <Busy />}
          {trouble && <Note kind="warning">{trouble.text}</Note>}
          {numbers && <Note kind="warning">{say('help.numbers')}</Note>}
        </div>
        <div role="log" aria-live="polite" aria-label={say('help.log')} class="stack">
          {turns.map(({ n, asked, answer }) => (
            <article key={n} class="card">
              {asked !== '' && <p class="quiet small">{say('help.you', { text: asked })}</p>}
              <p class="nl-paragraph" lang={answer.locale}>
                {answer.say}
              </p>
              {answer.choices.length > 0 && (
                <div class="buttons" lang={answer.locale}>
                  {answer.choices.map((choice) => (
                    <Button key={choice.rule} onClick={() => ask(choice.text, true)}>
                      {choice.title}
                    </Button>
                  ))}
                </div>
              )}
              <Actions answer={answer} handOver={handOver} />
            </article>
          ))}
        </div>
        {(trouble?.offline || numbers) && <Numbers />}
        <div class="buttons">
          <Button onClick={() => handOver()}>{say('help.person')}</Button>
          {(turns.length > 0 || crisis) && <Button onClick={wipe}>{say('help.wipe')}</Button>}
        </div>
        <Choice id="help-relative" type="checkbox" checked={relative} onPick={setRelative} label={say('help.relative')} />
        <p class="quiet small">{say('help.kept')}</p>
      </div>
    </Screen>
  )
}
