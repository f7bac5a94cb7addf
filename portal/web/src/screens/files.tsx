// SPDX-License-Identifier: EUPL-1.2
// Choosing files, and looking at one that was opened. A picture is drawn on a canvas; anything else is only saved:
// what somebody else made never runs as a page here.
import { useEffect, useRef, useState } from 'preact/hooks'
import type { AttachmentEntry, Record } from '../device/person.ts'
import { language, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { Aside } from './inputs.tsx'
import { Busy, Button, Note, Progress, Trouble } from './parts.tsx'
import { useAct } from './working.tsx'

const MOST = 100 * 1024 * 1024 // bytes of one file; above it an old telephone runs out of memory

/** "3,4 MB". */
export function sizeOf(bytes: number): string {
  const unit = bytes >= 1_000_000 ? 'megabyte' : 'kilobyte'
  const value = bytes / (unit === 'megabyte' ? 1_000_000 : 1_000)
  return new Intl.NumberFormat(language() === 'nl' ? 'nl-NL' : 'en-GB', { style: 'unit', unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
}

/** Picks files; the list can be changed until it is sent. `first`: choosing is what this screen is for. */
export function Files({ files, choose, wrong, first = false }: { readonly files: readonly File[]; readonly choose: (files: readonly File[]) => void; readonly wrong?: string | undefined; readonly first?: boolean }) {
  const [big, setBig] = useState(false)
  const pick = (found: readonly File[]) => {
    setBig(found.some((file) => file.size > MOST))
    choose([...files, ...found.filter((file) => file.size <= MOST)])
  }
  return (
    <div class={wrong || big ? 'field field--wrong' : 'field'}>
      <p class="utrecht-form-label" id="files-label">
        {say('item.file')}
      </p>
      {(wrong || big) && (
        <p class="field__wrong" id="files-wrong">
          {big ? say('upload.big', { most: sizeOf(MOST) }) : wrong}
        </p>
      )}
      <PickFile id="files" label={say('upload.pick')} described={wrong || big ? 'files-label files-wrong' : 'files-label'} multiple primary={first} picked={pick} />
      {files.length > 0 && (
        <ul class="stack stack--tight">
          {files.map((file, n) => (
            <li class="row row--apart" key={`${file.name} ${String(n)}`}>
              <span>{say('upload.picked', { name: file.name, size: sizeOf(file.size) })}</span>
              <Button kind="subtle" onClick={() => choose(files.filter((_, at) => at !== n))}>
                {say('upload.remove', { name: file.name })}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

interface PickProps {
  readonly id: string
  readonly label: string
  readonly described?: string | undefined
  readonly multiple?: boolean
  readonly primary?: boolean
  readonly picked: (files: readonly File[]) => void
}

/** The browser's own window to choose files, behind a button with our words. */
export function PickFile({ id, label, described, multiple = false, primary = false, picked }: PickProps) {
  return (
    <label class={primary ? 'nl-button nl-button--primary pick' : 'nl-button nl-button--secondary pick'} for={id}>
      <span class="nl-button__label">{label}</span>
      <input
        id={id}
        type="file"
        class="unseen"
        multiple={multiple}
        aria-describedby={described}
        onChange={(event) => {
          picked([...(event.currentTarget.files ?? [])])
          event.currentTarget.value = '' // so that the same file can be chosen again
        }}
      />
    </label>
  )
}

interface FileProps {
  readonly id: string
  readonly label: string
  readonly hint?: string
  readonly wrong?: string | undefined
  readonly file: File | null
  readonly picked: (file: File) => void
}

/** One file that a form asks for, with its name once it is chosen. */
export function FileField({ id, label, hint, wrong, file, picked }: FileProps) {
  const described = [`${id}-label`, hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(' ')
  return (
    <div class={wrong ? 'field field--wrong' : 'field'}>
      <p class="utrecht-form-label" id={`${id}-label`}>
        {label}
      </p>
      <Aside id={id} hint={hint} wrong={wrong} />
      {file && <p>{say('upload.picked', { name: file.name, size: sizeOf(file.size) })}</p>}
      <PickFile id={id} label={say('upload.pick')} described={described} picked={([first]) => first && picked(first)} />
    </div>
  )
}

const LARGEST = 2048 // pixels, longest side of a picture on the screen

/** One file of a record: fetched and verified when asked for. */
export function Attachment({ record, entry, n }: { readonly record: Record; readonly entry: AttachmentEntry; readonly n: number }) {
  const app = useApp()
  const act = useAct()
  const [blob, setBlob] = useState<Blob | null>(null)
  const [picture, setPicture] = useState<ImageBitmap | null>(null)
  const [sent, setSent] = useState({ done: 0, total: 0 })
  const name = String(n + 1)
  const look = () =>
    act.run(async () => {
      const found = await app.person.fetches(record, entry, (done, total) => setSent({ done, total }))
      setBlob(found)
      setPicture(await createImageBitmap(found).catch(() => null))
    })
  return (
    <div class="stack">
      {picture && <Picture bitmap={picture} label={say('item.file.picture', { name })} />}
      {blob && !picture && <Note kind="info">{say('item.file.saved')}</Note>}
      {act.busy && sent.total === 0 && <Busy />}
      {act.busy && sent.total > 0 && <Progress done={sent.done} total={sent.total} label={say('upload.bar')} text={say('upload.busy', { done: sizeOf(sent.done), total: sizeOf(sent.total) })} />}
      {act.said && <Trouble said={act.said} again={look} />}
      <div class="buttons">
        {!blob && <Button onClick={look}>{say('item.file.see', { name })}</Button>}
        {blob && <Button onClick={() => save(blob, `kluisje-${name}`)}>{say('item.file.open')}</Button>}
      </div>
    </div>
  )
}

/** A picture, drawn: never as an address. */
export function Picture({ bitmap, label }: { readonly bitmap: ImageBitmap; readonly label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const place = canvas.current
    if (!place) return
    const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height))
    place.width = Math.round(bitmap.width * scale)
    place.height = Math.round(bitmap.height * scale)
    place.getContext('2d')?.drawImage(bitmap, 0, 0, place.width, place.height)
    return () => {
      place.width = place.height = 0 // nothing of it stays
      bitmap.close()
    }
  }, [bitmap])
  return <canvas ref={canvas} class="picture" role="img" aria-label={label} />
}

/** Hands something to the browser to keep as a file. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  const address = URL.createObjectURL(blob)
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
