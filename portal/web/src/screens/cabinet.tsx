// SPDX-License-Identifier: EUPL-1.2
// The little vault with its drawers, as a list of links.
import type { Category, Given, Person } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { drawerIcon, Icon } from '../show/icon.tsx'
import { say } from '../words/say.ts'
import { href } from './app.ts'

export interface DrawerRow {
  readonly category: Category
  /** Papers in it; 0 also when it was never made. */
  readonly count: number
  /** Teams that may look in it now. */
  readonly looking: number
}

export const PRIVATE = 'private' // the drawer that no parent ever sees
const ANSWERS = 'answers' // holds yes and no only; nobody puts anything in it by hand

/** All drawers there can be, with what lies in them. */
export async function drawerRows(person: Person, categories: readonly Category[], given: readonly Given[]): Promise<readonly DrawerRow[]> {
  const made = new Map([...person.drawers].map(([id, category]) => [category, id]))
  const rows = await Promise.all(
    categories.map(async (category) => {
      const id = made.get(category.id)
      const count = id === undefined ? 0 : (await person.looksIn(id)).length
      const looking = given.filter((one) => one.state === 'running' && one.act === 'read' && one.drawers.some((drawer) => drawer.id === id))
      return { category, count, looking: new Set(looking.map((one) => one.team)).size }
    }),
  )
  return rows.filter((row) => row.category.id !== ANSWERS || row.count > 0)
}

export function Cabinet({ rows }: { readonly rows: readonly DrawerRow[] }) {
  return (
    <ul class="cabinet">
      {rows.map(({ category, count, looking }) => (
        <li class={count > 0 ? 'drawer drawer--filled' : 'drawer'} key={category.id}>
          <Icon name={drawerIcon(category.id)} />
          <div class="drawer__label">
            <a class="cover" href={href(`drawers/${category.id}`)} aria-describedby={`in-${category.id}`}>
              {told(category.title)}
            </a>
            <span class="quiet small" id={`in-${category.id}`}>
              {say('drawers.count', { count })}
              {looking > 0 && ` · ${say('drawers.shared', { count: looking })}`}
              {category.id === PRIVATE && ` · ${say('drawers.secret')}`}
            </span>
          </div>
          <span class="drawer__knob" />
        </li>
      ))}
    </ul>
  )
}
