// SPDX-License-Identifier: EUPL-1.2
// Taking everything, moving, erasing: three equal ways out. And bringing a vault along from elsewhere.
import { useState } from 'preact/hooks'
import { NotProven, Refused } from '../device/person.ts'
import { dateName } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { FileField, save, sizeOf } from './files.tsx'
import { Choice, Form, TextLine } from './inputs.tsx'
import { Button, ButtonLink, Note, Progress, Screen, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'

type Way = 'export' | 'move' | 'erase'

export function Leave() {
  const [way, setWay] = useState<Way | null>(null)
  return (
    <Screen title={say('leave.title')} lead={say('leave.lead')}>
      <div class="equal">
        {(['export', 'move', 'erase'] as const).map((one) => (
          <button key={one} type="button" class="nl-button nl-button--secondary" aria-expanded={way === one} onClick={() => setWay(one)}>
            <span class="nl-button__label">{say(`leave.${one}`)}</span>
          </button>
        ))}
      </div>
      {way === 'export' && <Export />}
      {way === 'move' && (
        <section class="card">
          <h2 class="nl-heading nl-heading--level-2">{say('leave.move')}</h2>
          <p class="nl-paragraph">{say('leave.move.lead')}</p>
          <p class="nl-paragraph">{say('leave.move.ends')}</p>
          <div class="buttons">
            <Button onClick={() => setWay('export')}>{say('leave.first')}</Button>
          </div>
        </section>
      )}
      {way === 'erase' && <Erase takeAlong={() => setWay('export')} />}
    </Screen>
  )
}

function Export() {
  const app = useApp()
  const act = useAct()
  const [readable, setReadable] = useState(false)
  const [far, setFar] = useState({ done: 0, total: 0 })
  const [done, setDone] = useState(false)
  const make = () =>
    act.run(async () => {
      setDone(false)
      const file = await app.person.exports(readable, (at, total) => setFar({ done: at, total }))
      save(file, `kluisje-${new Date().toISOString().slice(0, 10)}.zip`)
      setDone(true)
    })
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('leave.export')}</h2>
      <p class="nl-paragraph">{say('leave.export.lead')}</p>
      <Choice id="readable" type="checkbox" checked={readable} onPick={setReadable} label={say('leave.export.readable')}>
        {readable && <p class="field__wrong">{say('leave.export.warn')}</p>}
      </Choice>
      {act.busy && <Progress done={far.done} total={far.total} label={say('leave.export')} text={say('leave.export.busy', { done: sizeOf(far.done), total: sizeOf(far.total) })} />}
      {act.said && <Trouble said={act.said} />}
      {done && (
        <Note kind="ok" role="status">
          {say('leave.export.done')}
        </Note>
      )}
      <div class="buttons">
        <Button onClick={make}>{say(act.said ? 'upload.go' : 'leave.export.go')}</Button>
      </div>
    </section>
  )
}

function Erase({ takeAlong }: { readonly takeAlong: () => void }) {
  const app = useApp()
  const act = useAct()
  const [typed, setTyped] = useState('')
  const [wrong, setWrong] = useState<{ id: string; text: string }[]>([])
  const [waits, setWaits] = useState<number | null>(null)
  const [stale, setStale] = useState(false) // signed in too long ago
  const word = say('leave.erase.word')
  const erase = () => {
    if (typed.trim().toLocaleLowerCase() !== word) {
      setWrong([{ id: 'sure', text: say('leave.erase.wrong', { word }) }])
      return
    }
    setWrong([])
    act.run(
      async () => setWaits(await app.person.erasesEverything()),
      (error) => {
        const old = error instanceof Refused && error.slug === 'step-up-needed'
        setStale(old)
        return old
      },
    )
  }
  if (waits !== null)
    return (
      <Note kind="warning" role="status">
        <p class="nl-paragraph">{say('leave.erase.done', { date: dateName(waits) })}</p>
        <div class="buttons">
          <Button
            onClick={() =>
              act.run(async () => {
                await app.person.keepsEverything()
                app.said = say('leave.erase.undone')
                app.go('home')
              })
            }
          >
            {say('leave.erase.undo')}
          </Button>
        </div>
        {act.said && <Trouble said={act.said} />}
      </Note>
    )
  return (
    <Form class="card" go={erase} wrong={wrong}>
      <h2 class="nl-heading nl-heading--level-2">{say('leave.erase')}</h2>
      <p class="nl-paragraph">{say('leave.erase.lead')}</p>
      <p class="nl-paragraph">{say('leave.erase.wait')}</p>
      <p class="nl-paragraph">{say('leave.erase.first')}</p>
      <div class="buttons">
        <Button onClick={takeAlong}>{say('leave.first')}</Button>
      </div>
      <TextLine id="sure" label={say('leave.erase.sure', { word })} wrong={wrong[0]?.text} short autocapitalize="none" value={typed} onType={setTyped} />
      {act.said && <Trouble said={act.said} />}
      {stale && (
        <Note kind="warning" role="alert">
          <p class="nl-paragraph">{say('leave.erase.signin')}</p>
          <div class="buttons">
            <Button onClick={() => act.run(() => app.person.signsIn('/#/leave'))}>{say('signin.go')}</Button>
          </div>
        </Note>
      )}
      <div class="buttons">
        <Button type="submit">{say('leave.erase.go')}</Button>
      </div>
    </Form>
  )
}

/** A vault from elsewhere: its file and its code. */
export function Import() {
  const app = useApp()
  const act = useAct()
  const [file, setFile] = useState<File | null>(null)
  const [code, setCode] = useState('')
  const [far, setFar] = useState({ done: 0, total: 0 })
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const [done, setDone] = useState(false)
  const put = () => {
    const found = [...(file ? [] : [{ id: 'export', text: say('wrong.file') }]), ...(code.trim() === '' ? [{ id: 'export-code', text: say('unlock.empty') }] : [])]
    setWrong(found)
    if (found.length > 0 || !file) return
    act.run(
      async () => {
        await app.person.imports(file, code, (at, total) => setFar({ done: at, total }))
        setDone(true)
      },
      (error) => {
        const ours = error instanceof NotProven || (error instanceof Refused && error.slug === 'wrong-code')
        if (ours) setWrong([{ id: error instanceof NotProven ? 'export' : 'export-code', text: say(error instanceof NotProven ? 'leave.import.wrong' : 'unlock.wrong') }])
        return ours
      },
    )
  }
  if (done)
    return (
      <Screen title={say('leave.import')}>
        <Note kind="ok" role="status">
          {say('leave.import.done')}
        </Note>
        <div class="buttons">
          <ButtonLink to="unlock" kind="primary">
            {say('unlock.go')}
          </ButtonLink>
        </div>
      </Screen>
    )
  return (
    <Screen title={say('leave.import')} lead={say('leave.import.lead')} back="make">
      <Form class="stack" go={put} wrong={wrong}>
        <FileField id="export" label={say('leave.import.file')} file={file} picked={setFile} />
        <TextLine id="export-code" label={say('safetynet.type.label')} hint={say('safetynet.type.hint')} value={code} spellcheck={false} autocapitalize="characters" onType={setCode} />
        {act.busy && <Progress done={far.done} total={far.total} label={say('leave.import')} text={say('leave.export.busy', { done: sizeOf(far.done), total: sizeOf(far.total) })} />}
        {act.said && <Trouble said={act.said} />}
        <div class="buttons">
          <Button kind="primary" type="submit">
            {say('leave.import.go')}
          </Button>
        </div>
      </Form>
    </Screen>
  )
}
