// SPDX-License-Identifier: EUPL-1.2
// Another municipality's rules: what is different, in words, and taking over what one wants. It ends with a file for whoever
// signs the rules; no screen signs them.
import { useState } from 'preact/hooks'
import { Refused } from '../device/person.ts'
import { FileField, save } from '../screens/files.tsx'
import { Choice, type Faults, Form } from '../screens/inputs.tsx'
import { Busy, Button, Note, Screen, Trouble } from '../screens/parts.tsx'
import { useAct } from '../screens/working.tsx'
import { language, say } from '../words/say.ts'
import { type Comparison, type Packages, compares, prepares } from './comparing.ts'

const FILES = ['mine', 'theirs', 'key'] as const
type Chosen = Readonly<Partial<Record<(typeof FILES)[number], File>>>

export function TakeOver() {
  const act = useAct()
  const [chosen, setChosen] = useState<Chosen>({})
  const [wrong, setWrong] = useState<Faults>([])
  const [found, setFound] = useState<Comparison | null>(null)
  const go = () => {
    const { mine, theirs, key } = chosen
    setWrong(FILES.filter((id) => !chosen[id]).map((id) => ({ id, text: say('wrong.file') })))
    setFound(null)
    if (!mine || !theirs || !key) return
    act.run(async () => setFound(await compares({ mine, theirs, key }, language())), refused)
  }
  /** What is wrong with one of the files stands at that file. */
  const refused = (error: unknown) => {
    const at = error instanceof Refused ? (error.places[0] ?? '') : ''
    const id = FILES.find((one) => one === at)
    if (id) setWrong([{ id, text: say(`desk.takeover.${id}.wrong`) }])
    else if (at === 'purposes') act.tell(say('desk.takeover.clash'))
    else return false
    return true
  }
  return (
    <Screen title={say('desk.takeover.title')} lead={say('desk.takeover.lead')} back="purposes">
      <Form class="stack stack--wide" go={go} wrong={wrong}>
        {FILES.map((id) => (
          <FileField
            key={id}
            id={id}
            label={say(`desk.takeover.${id}`)}
            hint={say(`desk.takeover.${id}.hint`)}
            wrong={wrong.find((one) => one.id === id)?.text}
            file={chosen[id] ?? null}
            picked={(file) => {
              setChosen((before) => ({ ...before, [id]: file }))
              setFound(null) // it was about other files
            }}
          />
        ))}
        {act.busy && <Busy text={say('desk.takeover.busy')} />}
        {act.said && <Trouble said={act.said} />}
        <div class="buttons">
          <Button kind={found ? 'secondary' : 'primary'} type="submit">
            {say('desk.takeover.go')}
          </Button>
        </div>
      </Form>
      {found && <Found found={found} packages={chosen as Packages} refused={refused} />}
    </Screen>
  )
}

interface FoundProps {
  readonly found: Comparison
  readonly packages: Packages
  readonly refused: (error: unknown) => boolean
}

/** What is different, and what can be taken over. */
function Found({ found, packages, refused }: FoundProps) {
  const act = useAct()
  const [wanted, setWanted] = useState<readonly string[]>([])
  const [written, setWritten] = useState<readonly string[] | null>(null)
  const names = [...new Set(found.changes.map(({ what }) => what))]
  const take = () => {
    if (wanted.length === 0) {
      act.tell(say('desk.takeover.pick'))
      return
    }
    act.run(async () => {
      const made = await prepares(packages, wanted)
      save(made.file, 'regels.zip')
      setWritten(made.written)
    }, refused)
  }
  return (
    <>
      <section class="card" role="status">
        <h2 class="nl-heading nl-heading--level-2">{say('desk.takeover.found', { count: names.length })}</h2>
        <p class="nl-paragraph">{say('desk.takeover.signed', { version: found.version, ours: found.ours })}</p>
        <p class="quiet small mono">{found.party}</p>
      </section>
      {names.length > 0 && (
        <section class="card">
          <ul class="lines">
            {names.map((what) => (
              <li key={what}>
                <p>
                  <strong class="mono">{what}</strong>
                </p>
                <ul class="stack stack--tight">
                  {found.changes
                    .filter((one) => one.what === what)
                    .map((one) => (
                      <li key={one.said}>
                        {one.said} {one.more && <span class="nl-data-badge state state--soon">{say('desk.takeover.more')}</span>}
                      </li>
                    ))}
                </ul>
              </li>
            ))}
          </ul>
        </section>
      )}
      {found.purposes.length > 0 && (
        <Form class="card" go={take}>
          <fieldset class="utrecht-form-fieldset__fieldset">
            <legend class="nl-heading nl-heading--level-2">{say('desk.takeover.which')}</legend>
            {found.purposes.map(({ name, title }, n) => (
              <Choice
                key={name}
                id={`take-${String(n)}`}
                type="checkbox"
                boxed
                checked={wanted.includes(name)}
                onPick={(on) => {
                  setWanted((before) => (on ? [...before, name] : before.filter((one) => one !== name)))
                  setWritten(null)
                }}
                label={title}
              >
                <p class="quiet small mono">{name}</p>
              </Choice>
            ))}
          </fieldset>
          {act.busy && <Busy />}
          {act.said && <Trouble said={act.said} />}
          {written && (
            <Note kind="ok" role="status">
              <p class="nl-paragraph">{say('desk.takeover.made', { count: written.length })}</p>
              <p class="nl-paragraph">{say('desk.takeover.next')}</p>
            </Note>
          )}
          <div class="buttons">
            <Button kind="primary" type="submit">
              {say('desk.takeover.make')}
            </Button>
          </div>
        </Form>
      )}
    </>
  )
}
