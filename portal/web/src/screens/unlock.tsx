// SPDX-License-Identifier: EUPL-1.2
// The vault is locked. It opens with what the person has; only ways that this vault knows are offered.
import { useState } from 'preact/hooks'
import { NoPrf, NotNow, Refused, type Way } from '../device/person.ts'
import { Vault } from '../show/icon.tsx'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Busy, Button, ButtonLink, Note, Screen, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'
import { SecretForm } from './secret.tsx'

/** After signing in: on to the vault, or to make one. */
export function Start() {
  const app = useApp()
  const there = useLoad(async () => {
    const has = await app.person.hasVault()
    app.go(has ? 'unlock' : 'make', true)
  }, [])
  return (
    <Screen title={say('app.name')}>
      <Load from={there}>{() => null}</Load>
    </Screen>
  )
}

export function Unlock() {
  const app = useApp()
  const ways = useLoad(() => app.person.waysIn(), [])
  return (
    <Screen title={say('unlock.title')} lead={say('unlock.lead')}>
      <div class="hero hero--small">
        <Vault large shut />
        <div class="stack">
          <Load from={ways}>{(found) => <Ways ways={found} />}</Load>
        </div>
      </div>
      <section class="card">
        <p class="nl-paragraph">{say('unlock.stop')}</p>
        <div class="buttons">
          <ButtonLink to="running">{say('unlock.stop.go')}</ButtonLink>
          <ButtonLink to="devices">{say('settings.devices.lost')}</ButtonLink>
          <ButtonLink to="help">{say('nav.help')}</ButtonLink>
        </div>
      </section>
    </Screen>
  )
}

/** The ways that there are to open what is locked. */
export function Ways({ ways }: { readonly ways: readonly Way[] }) {
  const app = useApp()
  const act = useAct()
  const types = new Set(ways.map((way) => way.type))
  const [by, setBy] = useState<'code' | 'words' | null>(types.has('prf') ? null : types.has('pass') ? 'words' : 'code')
  const [wrong, setWrong] = useState<string | null>(null)
  const opened = () => app.go(app.next === 'start' ? 'home' : app.next, true)
  const touch = () =>
    act.run(
      async () => {
        await app.person.opensWithPasskey()
        opened()
      },
      (error) => {
        const said = error instanceof NoPrf || error instanceof NotNow || isWrong(error)
        if (said) setWrong(say('unlock.refused'))
        return said
      },
    )
  return (
    <>
      {act.busy && by === null && <Busy text={say('unlock.busy')} />}
      {act.said && <Trouble said={act.said} />}
      {wrong && (
        <Note kind="warning" role="alert">
          {wrong}
        </Note>
      )}
      {types.has('prf') && (
        <div class="buttons">
          <Button kind={by === null ? 'primary' : 'secondary'} icon="lock" onClick={touch}>
            {say(by === null ? 'unlock.go' : 'unlock.touch')}
          </Button>
        </div>
      )}
      <section class="stack">
        {types.has('prf') && <h2 class="nl-heading nl-heading--level-2">{say('unlock.other')}</h2>}
        <div class="buttons">
          {types.has('code') && by !== 'code' && <Button onClick={() => setBy('code')}>{say('unlock.code')}</Button>}
          {types.has('pass') && by !== 'words' && <Button onClick={() => setBy('words')}>{say('unlock.words')}</Button>}
        </div>
        {by !== null && <Typed key={by} by={by} opened={opened} />}
      </section>
    </>
  )
}

function isWrong(error: unknown): boolean {
  return error instanceof Refused && error.slug === 'wrong-code'
}

function Typed({ by, opened }: { readonly by: 'code' | 'words'; readonly opened: () => void }) {
  const { person } = useApp()
  return (
    <SecretForm
      id="secret"
      label={say(by === 'code' ? 'unlock.code.label' : 'unlock.words.label')}
      hint={say(by === 'code' ? 'safetynet.type.hint' : 'unlock.words.hint')}
      capitals={by === 'code'}
      busy={say('unlock.busy')}
      go={say('unlock.go')}
      use={async (typed) => {
        await (by === 'code' ? person.opens(typed) : person.opensWithWords(typed))
        opened()
        return null
      }}
      wording={(error) => {
        if (error instanceof Refused && error.slug === 'too-often') return say('unlock.tries', { count: 0 })
        return isWrong(error) ? say('unlock.wrong') : null
      }}
    />
  )
}
