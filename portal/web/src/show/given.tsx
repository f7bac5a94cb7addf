// SPDX-License-Identifier: EUPL-1.2
// What a yes to these items would show, as the asker's screen draws it: the consent screen's "Kijk als…" and the desk.
import { say } from '../words/say.ts'
import { type Said, told } from './fields.ts'
import { type Kinds, type Opened, Thing } from './record.tsx'

/** One item with what it opens. */
export interface Shown {
  readonly item: { readonly kind: 'drawer' | 'record' | 'answer'; readonly ref: string }
  readonly title: Said
  readonly records: readonly Opened[]
  readonly answer: boolean | null
}

/** What somebody may look at, item by item. */
export function GivenItems({ items, kinds }: { readonly items: readonly Shown[]; readonly kinds: Kinds }) {
  return (
    <div class="stack stack--wide">
      {items.map((one) => (
        <section class="stack" key={`${one.item.kind} ${one.item.ref}`}>
          <h3 class="nl-heading nl-heading--level-3">{one.item.kind === 'answer' ? told(one.title) : itemTitle(one)}</h3>
          {one.item.kind === 'answer' ? (
            <p class="nl-paragraph">{one.answer === null ? say('item.none') : say(one.answer ? 'app.yes' : 'app.no')}</p>
          ) : one.records.length === 0 ? (
            <p class="nl-paragraph">{say(one.item.kind === 'drawer' ? 'request.look.closed' : 'request.record.none')}</p>
          ) : (
            one.records.map((record, index) => <Thing key={index} record={record} kinds={kinds} level={4} />)
          )}
        </section>
      ))}
    </div>
  )
}

/** An item as it is called everywhere: "Je hele la School", "Brief van de dokter". */
export function itemTitle({ item, title }: Pick<Shown, 'item' | 'title'>): string {
  return item.kind === 'drawer' ? say('request.drawer', { title: told(title) }) : told(title)
}
