// SPDX-License-Identifier: EUPL-1.2
// The signed rules: what this team may ask, what others may, one page for each purpose as a privacy officer reads it, and what
// each version changed.
import type { Purpose } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { ground, role } from '../show/purpose.ts'
import { Checked } from '../show/tick.tsx'
import { dateName, momentName } from '../show/when.ts'
import { ButtonLink, Screen, To } from '../screens/parts.tsx'
import { Load, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { itemName } from './ask.tsx'
import type { Version } from './shapes.ts'

export function Purposes() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const { register } = member
    const [own, all, versions] = await Promise.all([register.purposes(), register.catalogue(), register.versions()])
    return { own, all, versions }
  }, [])
  return (
    <Screen title={say('desk.purposes.title')} lead={say('desk.purposes.lead')}>
      <Load from={found}>
        {({ own, all, versions }) => (
          <>
            {versions[0] && <Newest one={versions[0]} />}
            <Group title={say('desk.purposes.own')} purposes={own} />
            <Group title={say('desk.purposes.others')} purposes={all.filter((one) => !own.includes(one))} />
            <Versions versions={versions} all={all} />
          </>
        )}
      </Load>
    </Screen>
  )
}

function Group({ title, purposes }: { readonly title: string; readonly purposes: readonly Purpose[] }) {
  if (purposes.length === 0) return null
  return (
    <section class="stack">
      <h2 class="nl-heading nl-heading--level-2">{title}</h2>
      <ul class="lines card rules">
        {purposes.map((one) => (
          <li key={one.uri}>
            <p class="nl-paragraph">
              <To to={`purposes/${one.uri}`}>{purposeName(one)}</To>
            </p>
            <p class="quiet small">{told(one.why)}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Its title; with the version when that is not the newest any more. */
function purposeName(one: Purpose): string {
  return one.recalled ? say('desk.purposes.old', { title: told(one.title), version: versionOf(one.uri) }) : told(one.title)
}

function versionOf(uri: string): string {
  return uri.slice(uri.lastIndexOf(':') + 1)
}

/** Which version counts, and who signed it. */
function Newest({ one }: { readonly one: Version }) {
  return (
    <section class="card">
      <p class="nl-paragraph nl-paragraph--lead">{say('desk.purposes.newest', { version: one.version, date: dateName(one.signed) })}</p>
      <p>
        <Checked>{say('desk.purposes.logged', { moment: momentName(one.logged) })}</Checked>
      </p>
      <p class="quiet small mono">{one.signer}</p>
    </section>
  )
}

/** What each version changed, newest first; and how another municipality's rules are taken over. */
function Versions({ versions, all }: { readonly versions: readonly Version[]; readonly all: readonly Purpose[] }) {
  const named = (ends: string) => {
    const found = all.find((one) => one.uri.endsWith(`:${ends}`))
    return found ? say('desk.purposes.old', { title: told(found.title), version: versionOf(found.uri) }) : ends
  }
  return (
    <section class="card">
      <h2 class="nl-heading nl-heading--level-2">{say('desk.purposes.versions')}</h2>
      <ul class="lines">
        {versions.map((one) => (
          <li key={one.version}>
            <p>
              <strong>{say('desk.purposes.newest', { version: one.version, date: dateName(one.signed) })}</strong>
            </p>
            <p class="quiet small">{one.first ? say('desk.purposes.first', { count: one.added.length }) : say('desk.purposes.changed', { count: one.added.length + one.recalled.length })}</p>
            {!one.first && one.added.map((each) => <p key={each}>{say('desk.purposes.added', { title: named(each) })}</p>)}
            {one.recalled.map((uri) => (
              <p key={uri}>{say('desk.purposes.gone', { title: named(uri) })}</p>
            ))}
          </li>
        ))}
      </ul>
      <p class="quiet">{say('desk.purposes.over')}</p>
      <div class="buttons">
        <ButtonLink to="takeover">{say('desk.purposes.over.go')}</ButtonLink>
      </div>
    </section>
  )
}

/** One purpose, on a page of its own. */
export function OnePurpose() {
  const { app, member } = useDesk()
  const [, uri = ''] = app.path
  const found = useLoad(async () => (await member.register.catalogue()).find((one) => one.uri === uri) ?? null, [uri])
  const purpose = found[0].state === 'done' ? found[0].value : null
  return (
    <Screen title={purpose ? told(purpose.title) : say('desk.purposes.title')} {...(purpose ? { lead: told(purpose.why) } : {})} back="purposes">
      <Load from={found}>
        {(one) => (
          <section class="card">
            {one ? <One purpose={one} /> : <p class="nl-paragraph">{say('state.gone')}</p>}
          </section>
        )}
      </Load>
    </Screen>
  )
}

function One({ purpose }: { readonly purpose: Purpose }) {
  const version = versionOf(purpose.uri)
  const rows: readonly (readonly [string, string])[] = [
    [say('desk.purposes.work'), told(purpose.workProcess)],
    [say('desk.purposes.items'), purpose.items.map((item) => (item.required ? itemName(item) : say('desk.purposes.optional', { title: itemName(item) }))).join('\n')],
    [say('desk.purposes.ground'), `${ground(purpose.ground)}\n${purpose.article}`],
    [say('desk.purposes.days'), say('desk.purposes.days.most', { count: purpose.maxDays })],
    [say('desk.purposes.ends'), purpose.ends.map((count) => say('desk.purposes.ends.one', { count })).join('\n')],
    [say('desk.purposes.reason'), say(purpose.reason ? 'app.yes' : 'app.no')],
    [say('desk.purposes.keep'), told(purpose.keep)],
    [say('desk.purposes.articles'), purpose.articles.join('\n')],
    [say('desk.purposes.answer'), say('desk.purposes.ends.one', { count: purpose.answerBy })],
    [say('desk.purposes.no'), told(purpose.ifNo)],
    [say('desk.purposes.roles'), purpose.roles.map(role).join('\n')],
    [say('desk.purposes.act'), say(`desk.purposes.act.${purpose.act}`)],
    [say('desk.purposes.version'), purpose.recalled ? say('desk.purposes.recalled', { version }) : version],
  ]
  return (
    <dl class="values">
      {rows.filter(([, text]) => text !== '').map(([title, text]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
