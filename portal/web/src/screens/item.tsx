// SPDX-License-Identifier: EUPL-1.2
// One paper: read it, change it, look at older versions, throw it away; or a new one.
import { useState } from 'preact/hooks'
import type { Category, Record, Schema } from '../device/person.ts'
import { told } from '../show/fields.ts'
import { nameOf, Values } from '../show/record.tsx'
import { dateName } from '../show/when.ts'
import { say } from '../words/say.ts'
import { useApp } from './app.ts'
import { sourceName } from './drawers.tsx'
import { Attachment, Files } from './files.tsx'
import { RecordForm } from './form.tsx'
import { Busy, Button, Note, Screen, To, toTop, Trouble } from './parts.tsx'
import { Load, useAct, useLoad } from './working.tsx'

export function Item() {
  const app = useApp()
  const [, drawer = '', rid = ''] = app.path
  const found = useLoad(async () => {
    const [records, schemas, given] = await Promise.all([app.person.looksIn(drawer), app.person.schemas(), app.person.running()])
    const record = records.find((one) => one.rid === rid)
    return { record, schemas, names: new Map(given.map((one) => [one.team, one.teamName])) }
  }, [drawer, rid])
  const category = app.person.drawers.get(drawer) ?? ''
  const value = found[0].state === 'done' ? found[0].value : null
  const title = value?.record ? nameOf(value.record, value.schemas).name : say('drawers.title')
  return (
    <Screen title={title} back={`drawers/${category}`}>
      <Load from={found}>
        {({ record, schemas, names }) => (record ? <Paper record={record} schemas={schemas} names={names} category={category} again={found[1]} /> : <Note kind="warning">{say('state.gone')}</Note>)}
      </Load>
    </Screen>
  )
}

interface PaperProps {
  readonly record: Record
  readonly schemas: ReadonlyMap<string, Schema>
  readonly names: ReadonlyMap<string, string>
  readonly category: string
  readonly again: () => void
}

function Paper({ record: newest, schemas, names, category, again }: PaperProps) {
  const app = useApp()
  const act = useAct()
  const [mode, setMode] = useState<'read' | 'edit' | 'drop'>('read')
  const [record, setRecord] = useState(newest)
  const mine = newest.iss === `vault:${app.person.vlt}`
  const schema = schemas.get(newest.sch)
  const old = record.ver !== newest.ver
  if (mode === 'edit' && schema)
    return (
      <RecordForm
        schema={schema}
        body={newest.body}
        kept={newest.att.length}
        save={async (body, files, progress) => {
          await app.person.changes(newest, body as Record['body'], files, progress)
          app.said = say('item.saved')
          again()
        }}
      />
    )
  return (
    <>
      {old && (
        <Note kind="info">
          <p class="nl-paragraph">{say('item.older')}</p>
          <div class="buttons">
            <Button onClick={() => setRecord(newest)}>{say('item.older.back')}</Button>
          </div>
        </Note>
      )}
      {!mine && <p class="nl-paragraph">{say('item.source', { who: sourceName(newest, names) })}</p>}
      {record.att.map((entry, n) => (
        <Attachment key={entry.id} record={record} entry={entry} n={n} />
      ))}
      <section class="card">
        <p class="quiet small">
          {schema && told(schema.title)} · {say('item.kept', { date: dateName(record.iat) })}
        </p>
        <Values record={record} kinds={schemas} />
      </section>
      {act.busy && <Busy />}
      {act.said && <Trouble said={act.said} />}
      {mode === 'drop' ? (
        <Note kind="warning" role="alert">
          <p class="nl-paragraph">{say('item.remove.sure')}</p>
          <div class="buttons">
            <Button
              onClick={() =>
                act.run(async () => {
                  await app.person.drops(newest)
                  app.said = say('item.removed')
                  app.go(`drawers/${category}`, true)
                })
              }
            >
              {say('item.remove.go')}
            </Button>
            <Button onClick={() => setMode('read')}>{say('app.cancel')}</Button>
          </div>
        </Note>
      ) : (
        <div class="buttons">
          {mine && !old && schema && (
            <Button kind="primary" onClick={() => setMode('edit')}>
              {say('item.edit')}
            </Button>
          )}
          <Button kind="subtle" onClick={() => setMode('drop')}>
            {say('item.remove')}
          </Button>
        </div>
      )}
      {newest.ver > 1 && (
        <details>
          <summary>{say('item.versions')}</summary>
          <div class="buttons">
            {Array.from({ length: newest.ver - 1 }, (_, n) => newest.ver - 1 - n).map((ver) => (
              <Button
                key={ver}
                onClick={() =>
                  act.run(async () => {
                    setRecord(await app.person.version(newest, ver))
                    toTop()
                  })
                }
              >
                {say('item.versions.one', { ver })}
              </Button>
            ))}
          </div>
        </details>
      )}
    </>
  )
}

/** A new paper of a kind that was chosen. */
export function NewItem() {
  const app = useApp()
  const [, category = '', uri = ''] = app.path
  const found = useLoad(async () => (await app.person.schemas()).get(uri), [uri])
  const schema = found[0].state === 'done' ? found[0].value : undefined
  return (
    <Screen title={schema ? told(schema.title) : say('drawer.choose')} lead={say('item.lead')} back={`new/${category}`}>
      <Load from={found}>{(value) => (value ? <Fresh schema={value} category={category} files={[]} /> : <Note kind="warning">{say('item.unknown')}</Note>)}</Load>
    </Screen>
  )
}

function Fresh({ schema, category, files }: { readonly schema: Schema; readonly category: string; readonly files: readonly File[] }) {
  const app = useApp()
  return (
    <RecordForm
      schema={schema}
      files={files}
      save={async (body, chosen, progress) => {
        await app.person.keeps(category, body as Record['body'], schema.id, chosen, progress)
        app.said = say('item.saved')
        app.go(`drawers/${category}`, true)
      }}
    />
  )
}

const PHOTO = 'urn:kluisje:schema:photo:'

/** A file first, then what it is. */
export function Upload() {
  const app = useApp()
  const [, category = ''] = app.path
  const [files, setFiles] = useState<readonly File[]>([])
  const found = useLoad(async () => {
    const [categories, schemas] = await Promise.all([app.person.categories(), app.person.schemas()])
    return kinds(categories, schemas, category)
  }, [category])
  return (
    <Screen title={say('upload.title')} lead={say('upload.lead')} back={`drawers/${category}`}>
      <Load from={found}>
        {(schemas) => {
          const pictures = files.length > 0 && files.every((file) => file.type.startsWith('image/'))
          const fitting = pictures ? (schemas.find((one) => one.id.startsWith(PHOTO)) ?? schemas[0]) : (schemas.find((one) => !one.id.startsWith(PHOTO)) ?? schemas[0])
          if (!fitting) return <Note kind="info">{say('upload.none')}</Note>
          if (files.length === 0) return <Files files={files} choose={setFiles} first />
          return <Fresh schema={fitting} category={category} files={files} />
        }}
      </Load>
      {files.length === 0 && (
        <>
          <p class="quiet small">{say('upload.again')}</p>
          <p>
            <To to={`new/${category}`}>{say('upload.other')}</To>
          </p>
        </>
      )}
    </Screen>
  )
}

/** Record types of a drawer that a file alone is enough for: those that need one come first. */
function kinds(categories: readonly Category[], schemas: ReadonlyMap<string, Schema>, category: string): readonly Schema[] {
  const own = (categories.find((one) => one.id === category)?.schemas ?? []).flatMap((uri) => schemas.get(uri) ?? [])
  const taking = own.filter((one) => one.attachment !== 'none')
  return [...taking.filter((one) => one.attachment === 'required'), ...taking.filter((one) => one.attachment !== 'required')]
}
