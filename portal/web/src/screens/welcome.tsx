// SPDX-License-Identifier: EUPL-1.2
// The first screen: what this is, in three points, and what it cannot promise.
import { Icon, type IconName, Vault } from '../show/icon.tsx'
import { LANGUAGES, language, NAMES, say, speak } from '../words/say.ts'
import { useApp } from './app.ts'
import { Busy, Button, ButtonLink, Note, Screen, To, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'

function Point({ icon, title, text }: { readonly icon: IconName; readonly title: string; readonly text: string }) {
  return (
    <li>
      <Icon name={icon} />
      <h2 class="nl-heading nl-heading--level-2">{title}</h2>
      <p class="nl-paragraph">{text}</p>
    </li>
  )
}

export function Welcome() {
  return (
    <Screen title={say('welcome.title')}>
      <div class="hero">
        <Vault large />
        <div class="stack">
          <p class="nl-paragraph nl-paragraph--lead">{say('welcome.lead')}</p>
          <div class="buttons">
            <ButtonLink to="signin" kind="primary">
              {say('welcome.begin')}
            </ButtonLink>
            <ButtonLink to="signin">{say('welcome.have')}</ButtonLink>
          </div>
        </div>
      </div>
      <ul class="three">
        <Point icon="drawers" title={say('welcome.keep')} text={say('welcome.keep.text')} />
        <Point icon="answers" title={say('welcome.choose')} text={say('welcome.choose.text')} />
        <Point icon="looked" title={say('welcome.stop')} text={say('welcome.stop.text')} />
      </ul>
      <Note kind="info">{say('welcome.limit')}</Note>
      <p>
        <To to="help">{say('welcome.help')}</To>
      </p>
      <Languages />
    </Screen>
  )
}

/** The languages there are, each named in itself. */
export function Languages() {
  const app = useApp()
  return (
    <div class="row" role="group" aria-label={say('settings.language')}>
      {LANGUAGES.map((one) => (
        <button
          key={one}
          type="button"
          lang={one}
          class="nl-button nl-button--secondary"
          aria-pressed={one === language()}
          onClick={() => {
            app.person.lang = one
            void speak(one).then(app.again)
          }}
        >
          <span class="nl-button__label">{NAMES[one]}</span>
        </button>
      ))}
    </div>
  )
}

/** Signing in: the page is left for the identity provider, and comes back to `start`. */
export function SignIn() {
  const app = useApp()
  const provider = app.person.settings.provider
  const act = useAct()
  return (
    <Screen title={say('signin.title')} lead={say('signin.lead', { provider })} back="welcome">
      <p class="nl-paragraph">{say('signin.why')}</p>
      {app.signInFailed && !act.busy && (
        <Note kind="warning" role="alert">
          {say('signin.failed')}
        </Note>
      )}
      {act.busy && <Busy text={say('signin.busy', { provider })} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" onClick={() => act.run(() => app.person.signsIn(`/#/${app.next}`))}>
          {say('signin.go')}
        </Button>
      </div>
    </Screen>
  )
}
