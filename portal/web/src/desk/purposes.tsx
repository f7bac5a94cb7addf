// SPDX-License-Identifier: EUPL-1.2
// What the signed rules let this team ask: one card for each purpose, as a privacy officer reads it.
import type { Purpose } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { ground, role } from '../show/purpose.ts'
import { Screen } from '../screens/parts.tsx'
import { Load, useLoad } from '../screens/working.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { itemName } from './ask.tsx'

export function Purposes() {
  const { member } = useDesk()
  const found = useLoad(async () => {
    const [own, all] = await Promise.all([member.register.purposes(), member.register.catalogue()])
    return { own, all }
  }, [])
  return (
    <Screen title={say('desk.purposes.title')} lead={say('desk.purposes.lead')}>
      <Load from={found}>
        {({ own, all }) => (
          <>
            <Group title={say('desk.purposes.own')} purposes={own} />
            <Group title={say('desk.purposes.others')} purposes={all.filter((one) => !own.includes(one))} />
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
            <details>
              <summary>{told(one.title)}</summary>
              <One purpose={one} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  )
}

function One({ purpose }: { readonly purpose: Purpose }) {
  const version = purpose.uri.slice(purpose.uri.lastIndexOf(':') + 1)
  const rows: readonly (readonly [string, string])[] = [
    [say('desk.purposes.why'), told(purpose.why)],
    [say('desk.purposes.items'), purpose.items.map((item) => (item.required ? itemName(item) : say('desk.purposes.optional', { title: itemName(item) }))).join('\n')],
    [say('desk.purposes.ground'), `${ground(purpose.ground)}\n${purpose.article}`],
    [say('desk.purposes.days'), say('desk.purposes.days.most', { count: purpose.maxDays })],
    [say('desk.purposes.keep'), told(purpose.keep)],
    [say('desk.purposes.no'), told(purpose.ifNo)],
    [say('desk.purposes.roles'), purpose.roles.map(role).join('\n')],
    [say('desk.purposes.version'), purpose.recalled ? say('desk.purposes.recalled', { version }) : version],
  ]
  return (
    <dl class="values">
      {rows.map(([title, text]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
