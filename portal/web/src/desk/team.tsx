// SPDX-License-Identifier: EUPL-1.2
// The team: who is in it, who asks to be let in, and the key that only members have. The administrator decides who is in the
// list and opens nothing; a keeper compares four words and lets in.
import { useState } from 'preact/hooks'
import { save } from '../screens/files.tsx'
import { Choice } from '../screens/inputs.tsx'
import { Busy, Button, Note, Progress, Screen, Trouble } from '../screens/parts.tsx'
import { Load, useAct, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import type { Colleague, TeamKeyState } from './shapes.ts'

export function TeamScreen() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const colleagues = await member.administering.colleagues()
    return { colleagues, key: await member.administering.teamKey() }
  }, [])
  return (
    <Screen title={say('desk.team.title')} lead={say(member.standing === 'administrator' ? 'desk.team.lead.admin' : 'desk.team.lead')}>
      <Load from={found}>{({ colleagues, key }) => <Inside colleagues={colleagues} teamKey={key} again={found[1]} />}</Load>
    </Screen>
  )
}

interface Props {
  readonly colleagues: readonly Colleague[]
  readonly teamKey: TeamKeyState
  readonly again: () => void
}

function Inside({ colleagues, teamKey, again }: Props) {
  const { member } = useDesk()
  const administers = member.standing === 'administrator'
  const members = colleagues.filter((one) => one.role === 'member' || one.role === 'keeper')
  const asking = colleagues.filter((one) => one.role === 'none')
  const gone = colleagues.filter((one) => one.role === 'removed')
  return (
    <>
      {asking.length > 0 && (
        <section class="stack">
          <h2 class="nl-heading nl-heading--level-2">{say('desk.team.asking')}</h2>
          {asking.map((one) => (
            <Person key={one.sub} one={one} administers={administers} again={again} />
          ))}
        </section>
      )}
      <section class="stack">
        <h2 class="nl-heading nl-heading--level-2">{say('desk.team.members', { count: members.length })}</h2>
        {members.map((one) => (
          <Person key={one.sub} one={one} administers={administers} again={again} />
        ))}
      </section>
      {administers && gone.length > 0 && (
        <details>
          <summary>{say('desk.team.gone', { count: gone.length })}</summary>
          <div class="stack">
            {gone.map((one) => (
              <Person key={one.sub} one={one} administers={administers} again={again} />
            ))}
          </div>
        </details>
      )}
      <TeamKey teamKey={teamKey} administers={administers} again={again} />
    </>
  )
}

function Person({ one, administers, again }: { readonly one: Colleague; readonly administers: boolean; readonly again: () => void }) {
  const { member } = useDesk()
  const act = useAct()
  const [words, setWords] = useState<string | null>(null)
  const [sure, setSure] = useState(false)
  const [role, setRole] = useState<'member' | 'keeper'>('member')
  const out = one.role === 'none' || one.role === 'removed'
  const waits = !out && !one.ready
  const mayLetIn = waits && member.keeper && member.standing === 'works'
  const mayList = out && administers
  const acts = ((mayList || mayLetIn) && words !== null) || (administers && !out && !sure)
  return (
    <div class="card">
      <p class="row row--apart">
        <strong>{one.name}</strong>
        <span class="row">
          {one.mine && <span class="nl-data-badge state state--open">{say('desk.team.you')}</span>}
          <span class="nl-data-badge state">{say(`desk.team.role.${one.role}`)}</span>
        </span>
      </p>
      {waits && <p class="quiet">{say(one.mine ? 'desk.team.wait.you' : 'desk.team.wait')}</p>}
      {one.role === 'removed' && (
        <>
          <p class="nl-paragraph">{say('desk.team.gone.back', { name: one.name })}</p>
          <p class="mono small">{one.sub}</p>
        </>
      )}
      {!one.mine && (mayList || one.role === 'none' || mayLetIn) && (
        <>
          {words === null ? (
            <div class="buttons">
              <Button onClick={() => act.run(async () => setWords(await member.administering.wordsOf(one.sub)))}>{say('desk.team.words', { name: one.name })}</Button>
            </div>
          ) : (
            <>
              <p class="nl-paragraph">{say('desk.team.same', { name: one.name })}</p>
              <p class="code" translate={false}>
                {words}
              </p>
              <p class="quiet">{say('desk.team.same.how')}</p>
            </>
          )}
        </>
      )}
      {mayList && words !== null && (
        <fieldset class="utrecht-form-fieldset__fieldset">
          <legend>{say('desk.team.as')}</legend>
          <Choice id={`as-member-${one.sub}`} type="radio" name={`as-${one.sub}`} checked={role === 'member'} onPick={() => setRole('member')} label={say('desk.team.role.member')} />
          <Choice id={`as-keeper-${one.sub}`} type="radio" name={`as-${one.sub}`} checked={role === 'keeper'} onPick={() => setRole('keeper')} label={say('desk.team.as.keeper')} />
        </fieldset>
      )}
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      {acts && (
        <div class="buttons">
          {mayList && words !== null && (
            <Button
              kind="primary"
              onClick={() =>
                act.run(async () => {
                  await member.administering.lists(one.sub, role)
                  again()
                })
              }
            >
              {say('desk.team.list', { name: one.name })}
            </Button>
          )}
          {mayLetIn && words !== null && (
            <Button
              kind="primary"
              onClick={() =>
                act.run(async () => {
                  await member.administering.letsIn(one.sub)
                  again()
                })
              }
            >
              {say('desk.team.letin', { name: one.name })}
            </Button>
          )}
          {administers && !out && !sure && <Button onClick={() => setSure(true)}>{say('desk.team.remove', { name: one.name })}</Button>}
        </div>
      )}
      {sure && (
        <Note kind="warning">
          <p class="nl-paragraph">{say('desk.team.remove.text', { name: one.name })}</p>
          <div class="buttons">
            <Button
              onClick={() =>
                act.run(async () => {
                  await member.administering.removes(one.sub)
                  again()
                })
              }
            >
              {say('desk.team.remove.go', { name: one.name })}
            </Button>
            <Button onClick={() => setSure(false)}>{say('app.cancel')}</Button>
          </div>
        </Note>
      )}
    </div>
  )
}

/** How the team's key stands, and what a keeper or the administrator can do about it. */
function TeamKey({ teamKey, administers, again }: { readonly teamKey: TeamKeyState; readonly administers: boolean; readonly again: () => void }) {
  const { member } = useDesk()
  const act = useAct()
  const [sealed, setSealed] = useState({ done: 0, total: 0 })
  const make = () =>
    act.run(async () => {
      save(await member.administering.makesTeamKey(), 'team.json')
      act.tell(say('desk.team.lock.made'))
    })
  const finish = () =>
    act.run(async () => {
      await member.administering.finishesTeamKey((done, total) => setSealed({ done, total }))
      again()
    })
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.team.lock')}</h2>
      <p class="nl-paragraph">{say(`desk.team.lock.${teamKey.state}`)}</p>
      {teamKey.untold > 0 && <p class="field__wrong">{say('desk.team.untold', { count: teamKey.untold })}</p>}
      {teamKey.envelopesToSeal > 0 && <p class="nl-paragraph">{say('desk.team.lock.old', { count: teamKey.envelopesToSeal })}</p>}
      {sealed.total > 0 && <Progress done={sealed.done} total={sealed.total} label={say('desk.team.lock.bar')} text={say('desk.team.lock.busy', { done: sealed.done, total: sealed.total })} />}
      {act.busy && sealed.total === 0 && <Busy />}
      {act.said && <Trouble said={act.said} />}
      {member.keeper && (
        <details open={teamKey.state === 'none' || teamKey.state === 'due' || teamKey.envelopesToSeal > 0}>
          <summary>{say('desk.team.lock.renew')}</summary>
          <div class="stack">
            <p class="nl-paragraph">{say('desk.team.lock.renew.how')}</p>
            <div class="buttons">
              <Button onClick={make}>{say('desk.team.lock.make')}</Button>
              <Button onClick={finish}>{say('desk.team.lock.finish')}</Button>
            </div>
          </div>
        </details>
      )}
      {administers && (
        <div class="buttons">
          <Button
            onClick={() =>
              act.run(async () => {
                await member.administering.namesTeamKey()
                again()
              })
            }
          >
            {say('desk.team.lock.name')}
          </Button>
        </div>
      )}
    </section>
  )
}
