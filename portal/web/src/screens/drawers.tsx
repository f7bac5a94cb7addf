// SPDX-License-Identifier: EUPL-1.2
// The drawers, one drawer, and searching: on this device, in what was opened here.
import { useState } from 'preact/hooks'
import type { Category, Given, Record, Schema } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { Icon } from '../show/icon.tsx'
import { nameOf, wordsOf } from '../show/record.tsx'
import { dateName, lastDay } from '../show/when.ts'
import { say } from '../words/say.ts'
import { href, useApp } from './app.ts'
import { Cabinet, drawerRows, PRIVATE } from './cabinet.tsx'
import { TextLine } from './inputs.tsx'
import { Button, ButtonLink, Screen, StopButton, To } from './parts.tsx'
import { Load, useLoad } from './working.tsx'

export function Drawers() {
  const app = useApp()
  const found = useLoad(async () => {
    const [categories, given] = await Promise.all([app.person.categories(), app.person.running()])
    return drawerRows(app.person, categories, given)
  }, [])
  return (
    <Screen title={say('drawers.title')} lead={say('drawers.lead')}>
      <SearchBox typed="" />
      <Load from={found}>{(rows) => <Cabinet rows={rows} />}</Load>
    </Screen>
  )
}

interface Inside {
  readonly category: Category
  readonly records: readonly Record[]
  readonly schemas: ReadonlyMap<string, Schema>
  readonly given: readonly Given[]
  readonly names: ReadonlyMap<string, string>
}

/** `de-vlier` -> "De vlier": what a party's own address says of it. */
function spelled(team = ''): string {
  const words = team.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Names of the sources of records, where a grant or line told them; else nothing but "somebody else". */
export function sourceName(record: Record, names: ReadonlyMap<string, string>): string {
  return names.get(record.iss) ?? (spelled(record.iss.split(':team:')[1]) || say('looked.unknown'))
}

export function Drawer() {
  const app = useApp()
  const [, id = ''] = app.path
  const found = useLoad(async (): Promise<Inside> => {
    const [categories, schemas, given] = await Promise.all([app.person.categories(), app.person.schemas(), app.person.running()])
    const category = categories.find((one) => one.id === id)
    if (!category) throw new Error('no such drawer')
    const drawer = [...app.person.drawers].find(([, cat]) => cat === id)?.[0]
    const records = drawer === undefined ? [] : await app.person.looksIn(drawer)
    const inside = given.filter((one) => one.drawers.some((each) => each.category === id) && one.state !== 'ended')
    return { category, records, schemas, given: inside, names: new Map(given.map((one) => [one.team, one.teamName])) }
  }, [id])
  const category = found[0].state === 'done' ? found[0].value.category : null
  return (
    <Screen title={category ? told(category.title) : say('drawers.title')} {...(category ? { lead: told(category.about) } : {})} back="drawers">
      <Load from={found}>{(value) => <InDrawer {...value} />}</Load>
    </Screen>
  )
}

function InDrawer({ category, records, schemas, given, names }: Inside) {
  const app = useApp()
  const fits = category.schemas.some((uri) => schemas.has(uri)) && category.id !== 'answers'
  return (
    <>
      {records.length === 0 ? (
        <section class="card">
          <p class="nl-paragraph">{say('drawer.empty')}</p>
          {fits && <Put category={category.id} />}
        </section>
      ) : (
        <>
          {fits && <Put category={category.id} />}
          <section class="card">
            <Papers records={records} schemas={schemas} names={names} own={`vault:${app.person.vlt}`} />
          </section>
        </>
      )}
      {category.id !== PRIVATE && (
        <section class="card">
          <h2 class="nl-heading nl-heading--level-2">{say('drawer.looks')}</h2>
          {given.length === 0 ? (
            <p class="nl-paragraph">{say('drawer.looks.none')}</p>
          ) : (
            <ul class="lines">
              {given.map((one) => (
                <li key={one.id}>
                  <div class="row row--apart">
                    <span id={`until-${one.id}`}>{one.kind === 'once' ? say('running.line.once', { team: one.teamName, drawer: told(category.title) }) : say('drawer.looks.until', { team: one.teamName, date: lastDay(one.ends) })}</span>
                    <StopButton grant={one.id} team={one.teamName} described={`until-${one.id}`} />
                  </div>
                </li>
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  )
}

function Put({ category }: { readonly category: string }) {
  return (
    <div class="buttons">
      <ButtonLink to={`new/${category}`} kind="primary">
        {say('drawer.put')}
      </ButtonLink>
      <ButtonLink to={`upload/${category}`}>{say('upload.title')}</ButtonLink>
    </div>
  )
}

interface PapersProps {
  readonly records: readonly Record[]
  readonly schemas: ReadonlyMap<string, Schema>
  readonly names: ReadonlyMap<string, string>
  readonly own: string
}

/** Records as a list of links. */
export function Papers({ records, schemas, names, own }: PapersProps) {
  return (
    <ul class="lines">
      {records.map((record) => {
        const { name, further } = nameOf(record, schemas)
        const mine = record.iss === own
        return (
          <li class="place place--paper" key={record.rid}>
            <div class="row">
              <Icon name="paper" />
              <a class="cover" href={href(`item/${record.drw}/${record.rid}`)} aria-describedby={`about-${record.rid}`}>
                {name}
              </a>
            </div>
            <p class="quiet small" id={`about-${record.rid}`}>
              {further !== null && `${further} · `}
              {dateName(record.iat)}
              {record.att.length > 0 && ` · ${say('drawer.files', { count: record.att.length })}`}
            </p>
            {!mine && <p class="small">{say('drawer.brought', { who: sourceName(record, names) })}</p>}
          </li>
        )
      })}
    </ul>
  )
}

/** Which kind of paper goes into this drawer. */
export function ChooseKind() {
  const app = useApp()
  const [, id = ''] = app.path
  const found = useLoad(async () => {
    const [categories, schemas] = await Promise.all([app.person.categories(), app.person.schemas()])
    const category = categories.find((one) => one.id === id)
    return (category?.schemas ?? []).flatMap((uri) => schemas.get(uri) ?? [])
  }, [id])
  return (
    <Screen title={say('drawer.choose')} back={`drawers/${id}`}>
      <Load from={found}>
        {(schemas) => (
          <ul class="card places">
            {schemas.map((schema) => (
              <li class="place" key={schema.id}>
                <Icon name="paper" />
                <a class="cover" href={href(`new/${id}/${encodeURIComponent(schema.id)}`)}>
                  {told(schema.title)}
                </a>
              </li>
            ))}
          </ul>
        )}
      </Load>
    </Screen>
  )
}

function SearchBox({ typed: before }: { readonly typed: string }) {
  const app = useApp()
  const [typed, setTyped] = useState(before)
  return (
    <form
      role="search"
      class="search"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        app.sought = typed
        app.go('search', app.path[0] === 'search')
        app.again()
      }}
    >
      <TextLine id="search" label={say('drawers.search')} hint={say('drawers.search.hint')} value={typed} onType={setTyped} />
      <Button type="submit" icon="search">
        {say('drawers.search.go')}
      </Button>
    </form>
  )
}

/** What was found. The words that somebody looked for are in memory only: not in the address, not sent. */
export function Search() {
  const app = useApp()
  const sought = app.sought.trim().toLocaleLowerCase()
  const found = useLoad(async () => {
    const [schemas, given] = await Promise.all([app.person.schemas(), app.person.running()])
    const records = (await Promise.all([...app.person.drawers.keys()].map((id) => app.person.looksIn(id)))).flat()
    const parts = sought.split(/\s+/).filter((part) => part !== '')
    const fitting = records.filter((record) => {
      const text = wordsOf(record, schemas).toLocaleLowerCase()
      return parts.length > 0 && parts.every((part) => text.includes(part))
    })
    return { fitting, schemas, names: new Map(given.map((one) => [one.team, one.teamName])) }
  }, [sought])
  return (
    <Screen title={say('search.title')} back="drawers">
      <SearchBox typed={app.sought} />
      <Load from={found}>
        {({ fitting, schemas, names }) => (
          <section class="stack">
            {sought !== '' && (
              <p class="nl-paragraph" role="status">
                {say('search.found', { count: fitting.length })}
              </p>
            )}
            {fitting.length > 0 && (
              <div class="card">
                <Papers records={fitting} schemas={schemas} names={names} own={`vault:${app.person.vlt}`} />
              </div>
            )}
          </section>
        )}
      </Load>
      <p>
        <To to="drawers">{say('home.all')}</To>
      </p>
    </Screen>
  )
}
