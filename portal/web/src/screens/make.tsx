// SPDX-License-Identifier: EUPL-1.2
// A new vault: the first lock, then the safety net. At the servers there is nothing until the code was typed back, so
// a vault whose code nobody wrote down cannot come to be.
import { useState } from 'preact/hooks'
import { type Making, type NewCode, NoPrf, NotNow } from '../device/person.ts'
import { Vault } from '../show/icon.tsx'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Busy, Button, Note, Screen, To, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'
import { SecretForm } from './secret.tsx'

export function Make() {
  const app = useApp()
  const act = useAct()
  const [without, setWithout] = useState<'prf' | 'closed' | null>(null)
  const begin = (first: 'passkey' | 'words') =>
    act.run(
      async () => {
        app.making = await app.person.makesAVault(first)
        app.go('safetynet', true)
      },
      (error) => {
        if (error instanceof NoPrf) setWithout('prf')
        else if (error instanceof NotNow) setWithout('closed')
        else return false
        return true
      },
    )
  return (
    <Screen title={say('make.title')} lead={say('make.lead')} step={1}>
      <p class="nl-paragraph">{say('make.how')}</p>
      {without !== null && (
        <Note kind="warning" role="alert">
          {say(without === 'prf' ? 'make.noprf' : 'make.refused')}
        </Note>
      )}
      {act.busy && <Busy text={say('make.busy')} />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        {without !== 'prf' && (
          <Button kind="primary" onClick={() => begin('passkey')}>
            {say('make.go')}
          </Button>
        )}
        <Button kind={without === 'prf' ? 'primary' : 'secondary'} onClick={() => begin('words')}>
          {say(without === 'prf' ? 'make.go' : 'make.words')}
        </Button>
      </div>
      <p>
        <To to="import">{say('make.import')}</To>
      </p>
    </Screen>
  )
}

/** The code on paper, typed back once. For a vault that is being made, or (`settings`) a new code for one that is. */
export function SafetyNet() {
  const app = useApp()
  const making = app.making
  if (!making)
    return (
      <Screen title={say('safetynet.title')} lead={say('safetynet.lead')}>
        <Renew />
      </Screen>
    )
  return <Net code={making} words={making.first.type === 'pass' ? making.first.words : null} />
}

function Renew() {
  const app = useApp()
  const act = useAct()
  const [fresh, setFresh] = useState<NewCode | null>(null)
  if (fresh) return <Steps code={fresh} words={null} />
  return (
    <>
      <p class="nl-paragraph">{say('safetynet.code.lead')}</p>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      <div class="buttons">
        <Button kind="primary" onClick={() => act.run(async () => setFresh(await app.person.newCode()))}>
          {say('safetynet.renew')}
        </Button>
      </div>
    </>
  )
}

function Net({ code, words }: { readonly code: Making; readonly words: string | null }) {
  return (
    <Screen title={say('safetynet.title')} lead={say('safetynet.lead')} step={2}>
      <Steps code={code} words={words} />
    </Screen>
  )
}

/** The code shown, typed back, done. `then`: where it goes on. */
export function Steps({ code, words, then = 'quickexit' }: { readonly code: Making | NewCode; readonly words: string | null; readonly then?: string }) {
  const [step, setStep] = useState<'show' | 'type' | 'ready'>('show')
  if (step === 'show') return <Show code={code.code} words={words} next={() => setStep('type')} />
  if (step === 'type') return <Type code={code} back={() => setStep('show')} next={() => setStep('ready')} />
  return <Ready then={then} />
}

function Show({ code, words, next }: { readonly code: string; readonly words: string | null; readonly next: () => void }) {
  return (
    <>
      {words !== null && (
        <section class="card">
          <h2 class="nl-heading nl-heading--level-2">{say('safetynet.words')}</h2>
          <p class="nl-paragraph">{say('safetynet.words.lead')}</p>
          <p class="code" translate={false}>
            {words}
          </p>
        </section>
      )}
      <section class="card card--print">
        <h2 class="nl-heading nl-heading--level-2">{say('safetynet.code')}</h2>
        <p class="nl-paragraph no-print">{say('safetynet.code.lead')}</p>
        <p class="code" translate={false}>
          {code}
        </p>
        <p class="nl-paragraph print-only">{say('safetynet.sheet')}</p>
        <p class="nl-paragraph quiet no-print">{say('safetynet.nobody')}</p>
      </section>
      <div class="buttons">
        <Button kind="primary" onClick={next}>
          {say('safetynet.have')}
        </Button>
        <Button onClick={() => print()}>{say('safetynet.print')}</Button>
      </div>
    </>
  )
}

function Type({ code, back, next }: { readonly code: Making | NewCode; readonly back: () => void; readonly next: () => void }) {
  const app = useApp()
  return (
    <SecretForm
      id="code"
      label={say('safetynet.type.label')}
      hint={say('safetynet.type.hint')}
      capitals
      busy={say('make.busy')}
      go={say('safetynet.type.check')}
      use={async (typed) => {
        if (!(await code.typesBack(typed))) return say('safetynet.type.wrong')
        app.making = null
        next()
        return null
      }}
      further={<Button onClick={back}>{say('safetynet.type.again')}</Button>}
    >
      <h2 class="nl-heading nl-heading--level-2">{say('safetynet.type.title')}</h2>
      <p class="nl-paragraph">{say('safetynet.type.lead')}</p>
    </SecretForm>
  )
}

function Ready({ then }: { readonly then: string }) {
  const app = useApp()
  return (
    <div class="hero hero--small">
      <Vault large />
      <div class="stack">
        <Note kind="ok" role="status">
          <p class="nl-paragraph">{say('safetynet.ready')}</p>
          <p class="nl-paragraph">{say('safetynet.ready.text')}</p>
        </Note>
        <div class="buttons">
          <Button kind="primary" onClick={() => app.go(then, true)}>
            {say('safetynet.ready.go')}
          </Button>
        </div>
      </div>
    </div>
  )
}
