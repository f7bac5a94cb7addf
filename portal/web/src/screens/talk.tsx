// SPDX-License-Identifier: EUPL-1.2
// A talk with the helper: a field, what the computer answers, and buttons (chatbot.md, "In the portal"). The person's
// screen and the desk's are this one.
//
// The talk is in this screen's memory and nowhere else: it ends when somebody wipes it, leaves, locks or exits. What is
// typed is looked at for numbers of people before it leaves.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Answer } from '../device/chatbot.ts'
import { hasOwnNumber } from '../device/numbers.ts'
import { type Plain, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Actions } from './helped.tsx'
import { TextLine } from './inputs.tsx'
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

export interface Card {
  readonly topic: string | null
  readonly question: string
}

interface Props {
  /** Puts a question; `asked`: the helper asked back before. */
  readonly asks: (question: string, asked: boolean) => Promise<Answer>
  /** The screen that Esc leads to. */
  readonly home: string
  /** What is said where a number of somebody was typed. */
  readonly numbers: Plain
  /** The screen of a card that hands the question to a person; left out: there is none here. */
  readonly cardScreen?: (card: Card, back: () => void) => ComponentChildren
  readonly children?: ComponentChildren
}

export function Talk({ asks, home, numbers: numbersSaid, cardScreen, children }: Props) {
  const app = useApp()
  const act = useAct()
  const [text, setText] = useState('')
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const [crisis, setCrisis] = useState<Answer | null>(null)
  const [trouble, setTrouble] = useState<Said | null>(null)
  const [numbers, setNumbers] = useState(false)
  const [card, setCard] = useState<Card | null>(null)
  const wipe = () => {
    setTurns([])
    setCrisis(null)
    setTrouble(null)
    setNumbers(false)
    setCard(null)
    setText('')
  }
  useEffect(() => app.person.onLock(wipe), [])
  const ask = (question: string, asked = false) => {
    const typed = question.trim()
    setTrouble(null)
    setNumbers(false)
    document.getElementById(FIELD)?.focus()
    if (typed === '') return
    if (hasOwnNumber(typed, [phone(app.person)])) return setNumbers(true) // it stays in the field, and on this device
    act.run(
      async () => {
        const answer = await asks(typed, asked)
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
  const handOver = cardScreen && ((topic?: string) => setCard({ topic: topic ?? null, question: turns.findLast((turn) => turn.asked !== '')?.asked ?? text }))
  if (card && cardScreen) return <>{cardScreen(card, () => setCard(null))}</>
  return (
    <Screen title={say('help.title')} lead={say('help.computer')}>
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- Esc closes the helper from anywhere in it */}
      <div class="stack help" onKeyDown={(event) => event.key === 'Escape' && app.go(home)}>
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
          {numbers && <Note kind="warning">{say(numbersSaid)}</Note>}
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
          {handOver && <Button onClick={() => handOver()}>{say('help.person')}</Button>}
          {(turns.length > 0 || crisis) && <Button onClick={wipe}>{say('help.wipe')}</Button>}
        </div>
        {children}
        <p class="quiet small">{say('help.kept')}</p>
      </div>
    </Screen>
  )
}
