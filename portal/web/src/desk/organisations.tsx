// SPDX-License-Identifier: EUPL-1.2
// The directory: how the own team stands in it, what of it still waits for its 72 hours, a proposal for it, and the other
// teams. Everything here is signed by the directory and in the log; nothing here opens a record.
import { useState } from 'preact/hooks'
import { dateName, momentName } from '../show/when.ts'
import { save } from '../screens/files.tsx'
import { Form, TextLine } from '../screens/inputs.tsx'
import { Button, Note, Screen } from '../screens/parts.tsx'
import { Load, useLoad } from '../screens/working.tsx'
import { role } from '../show/purpose.ts'
import { Checked } from '../show/tick.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import type { Listed, ListedTeam, Said } from './shapes.ts'

const MOST = 80 // characters of a name, as the directory takes it
const MOST_LINE = 200 // of an address or contact

export function Organisations() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const { register } = member
    const [own, said, all] = await Promise.all([register.listed(), register.said(), register.teams()])
    return { own, said, all }
  }, [])
  return (
    <Screen title={say('desk.org.title')} lead={say('desk.org.lead')}>
      <Load from={found}>
        {({ own, said, all }) => (
          <>
            <Own one={own} />
            <Statements said={said} />
            {member.standing === 'administrator' && <Proposal own={own} />}
            <Teams {...all} />
          </>
        )}
      </Load>
    </Screen>
  )
}

function Own({ one }: { readonly one: Listed }) {
  const { listing } = one
  const rows: readonly (readonly [string, string])[] = listing
    ? [
        [say('desk.org.role'), role(listing.role)],
        [say('desk.org.address'), listing.address],
        [say('desk.org.contact'), listing.contact],
      ]
    : []
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{one.name}</h2>
      <p>
        <Checked>{say('desk.org.checked')}</Checked>
      </p>
      <dl class="values">
        <div>
          <dt>{say('desk.org.number')}</dt>
          <dd class="mono">{one.team}</dd>
        </div>
        {rows.map(([title, text]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        <div>
          <dt>{say('desk.org.counts')}</dt>
          <dd>{momentName(one.counts)}</dd>
        </div>
      </dl>
      {one.suspended && <Note kind="error">{say('desk.org.suspended')}</Note>}
      <p class="quiet">{say('desk.org.today', { date: dateName(Math.floor(Date.now() / 1000)) })}</p>
    </section>
  )
}

/** What of a kind counts now: the newest that does. */
function state(one: Said, said: readonly Said[], now: number): 'waits' | 'ended' | 'counts' | 'before' {
  if (one.ended !== null) return 'ended'
  if (now < one.counts) return 'waits'
  return said.find((each) => each.what === one.what && each.ended === null && each.counts <= now) === one ? 'counts' : 'before'
}

function Statements({ said }: { readonly said: readonly Said[] }) {
  const now = Date.now() / 1000
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.org.said')}</h2>
      <p class="quiet">{say('desk.org.said.lead')}</p>
      <ul class="lines">
        {said.map((one) => {
          const is = state(one, said, now)
          return (
            <li key={one.id}>
              <p class="row row--apart">
                <strong>{one.name === null ? say('desk.org.said.keys') : say('desk.org.said.shown', { name: one.name })}</strong>
                <span class={is === 'waits' ? 'nl-data-badge state state--soon' : is === 'counts' ? 'nl-data-badge state state--open' : 'nl-data-badge state'}>{say(`desk.org.said.${is}`)}</span>
              </p>
              <p class="quiet small">{say(is === 'waits' ? 'desk.org.said.until' : 'desk.org.said.from', { moment: momentName(one.ended ?? one.counts) })}</p>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** How the team wants to be shown: a file for the directory. Only that signs, and it counts 72 hours later. */
function Proposal({ own }: { readonly own: Listed }) {
  const { member } = useDesk()
  const [name, setName] = useState(own.name)
  const [address, setAddress] = useState(own.listing?.address ?? '')
  const [contact, setContact] = useState(own.listing?.contact ?? '')
  const [wrong, setWrong] = useState<readonly { id: string; text: string }[]>([])
  const [made, setMade] = useState(false)
  const lines = [
    { id: 'face-name', key: 'desk.org.propose.name', most: MOST, value: name, set: setName },
    { id: 'face-address', key: 'desk.org.address', most: MOST_LINE, value: address, set: setAddress },
    { id: 'face-contact', key: 'desk.org.contact', most: MOST_LINE, value: contact, set: setContact },
  ] as const
  const propose = () => {
    const found = lines.flatMap(({ id, value, most }) => (value.trim() === '' ? [{ id, text: say('desk.org.propose.empty') }] : value.length > most ? [{ id, text: say('wrong.long', { most }) }] : []))
    setWrong(found)
    if (found.length > 0) return
    save(member.register.proposal({ role: own.listing?.role ?? '', name: name.trim(), address: address.trim(), contact: contact.trim() }), 'voorstel.json')
    setMade(true)
  }
  return (
    <Form class="card" go={propose} wrong={wrong}>
      <h2 class="nl-heading nl-heading--level-2">{say('desk.org.propose')}</h2>
      <p class="nl-paragraph">{say('desk.org.propose.how')}</p>
      {lines.map(({ id, key, value, set }) => (
        <TextLine key={id} id={id} label={say(key)} wrong={wrong.find((one) => one.id === id)?.text} value={value} onType={set} />
      ))}
      {made && (
        <Note kind="ok" role="status">
          {say('desk.org.propose.made')}
        </Note>
      )}
      <div class="buttons">
        <Button kind="primary" type="submit">
          {say('desk.org.propose.go')}
        </Button>
      </div>
    </Form>
  )
}

function Teams({ teams, wrong }: { readonly teams: readonly ListedTeam[]; readonly wrong: number }) {
  const now = Date.now() / 1000
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.org.all')}</h2>
      {wrong > 0 && <Note kind="error">{say('desk.org.wrong', { count: wrong })}</Note>}
      <ul class="lines">
        {teams.map((one) => (
          <li key={one.team}>
            <p class="row row--apart">
              <strong>{one.name}</strong>
              {one.suspended ? (
                <span class="nl-data-badge state state--soon">{say('desk.org.stopped')}</span>
              ) : (
                <span class={one.counts > now ? 'nl-data-badge state state--soon' : 'nl-data-badge state state--open'}>{say(one.counts > now ? 'desk.org.said.waits' : 'desk.org.said.counts')}</span>
              )}
            </p>
            <p class="quiet small mono">{one.team}</p>
            {one.role !== null && <p class="quiet small">{role(one.role)}</p>}
            {one.counts > now && <p class="quiet small">{say('desk.org.said.until', { moment: momentName(one.counts) })}</p>}
          </li>
        ))}
      </ul>
    </section>
  )
}
