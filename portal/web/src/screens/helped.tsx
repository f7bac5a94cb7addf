// SPDX-License-Identifier: EUPL-1.2
// What an answer of the helper offers: buttons, and what only this device knows, filled in here. No button of an answer
// changes anything by itself: the person presses on the screen that it opens.
import type { Action, Answer } from '../device/chatbot.ts'
import { dateName } from '../show/when.ts'
import { type Plain, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Button, ButtonLink, StopButton } from './parts.tsx'
import { Load, useLoad } from './working.tsx'
import { givenLine } from './purposes.ts'
import { drawerTitle } from './running.tsx'

interface Props {
  readonly answer: Answer
  readonly handOver?: ((topic?: string) => void) | undefined
}

/** The buttons of an answer. "Ik wil met iemand praten" is always in view of the screen, so not repeated here. */
export function Actions({ answer, handOver }: Props) {
  const shown = answer.actions.filter(({ action }) => action !== 'talk-to-someone' && action !== 'show-helpers')
  const live = shown.filter(({ action }) => action === 'show-running-permissions')
  const buttons = shown.filter(({ action }) => action !== 'show-running-permissions')
  return (
    <>
      {answer.handover && <p class="nl-paragraph">{say('help.desk', { phone: answer.handover.phone, hours: answer.handover.hours })}</p>}
      {live.map((one) => (
        <Permissions key={one.category ?? ''} category={one.category ?? null} />
      ))}
      {buttons.length > 0 && (
        <div class="buttons">
          {buttons.map((one) => (
            <One key={JSON.stringify(one)} action={one} handOver={() => handOver?.(answer.handover?.topic)} />
          ))}
        </div>
      )}
    </>
  )
}

function One({ action, handOver }: { readonly action: Action; readonly handOver: () => void }) {
  if (action.action === 'hand-over') return <Button kind="primary" onClick={handOver}>{say('help.handover')}</Button>
  if (action.number !== undefined)
    return (
      <a class="nl-button nl-button--primary" href={`tel:${action.number.replace(/\D/g, '')}`}>
        <span class="nl-button__label">{say('help.call', { number: action.number })}</span>
      </a>
    )
  if (action.url !== undefined)
    return (
      <a class="nl-button nl-button--secondary" href={action.url} rel="noreferrer">
        <span class="nl-button__label">{say('help.link', { site: new URL(action.url).hostname.replace(/^www\.|\.[a-z]+$/g, '') })}</span>
      </a>
    )
  const to = screenOf(action)
  return <ButtonLink to={to}>{say('help.open', { screen: screenName(to) })}</ButtonLink>
}

function screenOf({ action, category, screen }: Action): string {
  if (action === 'show-who-looked') return 'looked'
  if (action === 'show-requests') return 'requests'
  if (action === 'show-drawers') return category === undefined ? 'drawers' : `drawers/${category}`
  if (action === 'pause-all') return 'pause'
  return screen ?? 'home'
}

const NAMES: Readonly<Record<string, Plain>> = {
  drawers: 'nav.drawers',
  requests: 'nav.requests',
  looked: 'nav.looked',
  running: 'nav.running',
  receipts: 'nav.receipts',
  pause: 'nav.pause',
  leave: 'nav.leave',
  settings: 'nav.settings',
  search: 'search.title',
  more: 'nav.more',
  unlock: 'help.screen.unlock',
  ...{ signin: 'help.screen.begin', start: 'help.screen.begin', welcome: 'help.screen.begin', import: 'help.screen.begin' },
}

/** What a screen is called on its button. */
function screenName(to: string): string {
  return say(NAMES[to.split('/')[0] ?? ''] ?? 'nav.home')
}

/** Who may see it now, from their own permissions, asked anew each time: "Jeugdteam Zuid mag je la School zien …". */
function Permissions({ category }: { readonly category: string | null }) {
  const app = useApp()
  const found = useLoad(async () => {
    if (!app.person.signedIn) return null
    const [given, categories] = await Promise.all([app.person.running(), app.person.categories()])
    const now = given.filter((one) => one.state !== 'ended' && (category === null || one.drawers.some((drawer) => drawer.category === category)))
    return { now, categories }
  }, [category])
  return (
    <Load from={found}>
      {(value) => {
        if (value === null)
          return (
            <>
              <p class="nl-paragraph">{say('help.signin')}</p>
              <div class="buttons">
                <ButtonLink to="signin">{say('signin.go')}</ButtonLink>
              </div>
            </>
          )
        const { now, categories } = value
        return (
          <>
            <p class="nl-paragraph">{category === null ? say('help.who', { count: now.length }) : say('help.who.drawer', { count: now.length, drawer: drawerTitle(category, categories) })}</p>
            {now.length > 0 && (
              <ul class="lines">
                {now.map((one) => (
                  <li key={one.id}>
                    {one.drawers
                      .filter((drawer) => category === null || drawer.category === category)
                      .map((drawer) => (
                        <p key={drawer.id} class="nl-paragraph">
                          {givenLine(one, drawer, drawerTitle(drawer.category, categories))}
                        </p>
                      ))}
                    <div class="buttons">
                      <StopButton grant={one.id} team={one.teamName} kind="primary" />
                    </div>
                  </li>
                ))}
              </ul>
            )}
            <p class="quiet small">{say('help.asof', { date: dateName(Math.floor(Date.now() / 1000)) })}</p>
            <div class="buttons">
              <ButtonLink to="running">{say('help.open', { screen: say('nav.running') })}</ButtonLink>
            </div>
          </>
        )
      }}
    </Load>
  )
}
