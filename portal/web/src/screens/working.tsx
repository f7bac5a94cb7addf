// SPDX-License-Identifier: EUPL-1.2
// What takes time: something that is fetched before it is drawn, and something that is done after a press.
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { useApp } from './app.ts'
import { Busy, Trouble } from './parts.tsx'
import { type Said, worded } from './states.tsx'

/** Something that has to be fetched and opened before it can be shown. */
export type Loaded<T> =
  | { readonly state: 'busy' }
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed'; readonly said: Said }

/** Loads when `needs` change. What arrives after the screen went is dropped. */
export function useLoad<T>(load: () => Promise<T>, needs: readonly unknown[]): readonly [Loaded<T>, () => void] {
  const { person } = useApp()
  const [found, set] = useState<Loaded<T>>({ state: 'busy' })
  const [turn, next] = useState(0)
  useEffect(() => {
    let here = true
    set({ state: 'busy' })
    load().then(
      (value) => here && set({ state: 'done', value }),
      (error: unknown) => here && set({ state: 'failed', said: worded(error, person) }),
    )
    return () => {
      here = false
    }
  }, [...needs, turn])
  return [found, useCallback(() => next((one) => one + 1), [])]
}

/** Draws what was loaded, or why not. */
export function Load<T>({ from, children }: { readonly from: readonly [Loaded<T>, () => void]; readonly children: (value: T) => ComponentChildren }) {
  const [found, again] = from
  if (found.state === 'busy') return <Busy />
  if (found.state === 'failed') return <Trouble said={found.said} again={again} />
  return <>{children(found.value)}</>
}

export interface Act {
  readonly busy: boolean
  readonly said: Said | null
  /** Does something once; a second press meanwhile does nothing. `ours`: errors that the screen words itself. */
  run(work: () => Promise<void>, ours?: (error: unknown) => boolean): void
  /** Says something about what cannot be done yet. */
  tell(text: string | null): void
}

const HIDDEN = 300 // milliseconds: a page that nobody sees draws nothing, and works all the same

/** Until what was pressed has its answer on the screen. Only then comes work that may hold an old telephone. */
function drawn(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => setTimeout(resolve))
    setTimeout(resolve, HIDDEN)
  })
}

/** One action of a screen: busy, or what went wrong. */
export function useAct(): Act {
  const { person } = useApp()
  const [busy, setBusy] = useState(false)
  const [said, setSaid] = useState<Said | null>(null)
  const going = useRef(false)
  const here = useRef(true)
  useEffect(
    () => () => {
      here.current = false
    },
    [],
  )
  const run: Act['run'] = (work, ours) => {
    if (going.current) return
    going.current = true
    setBusy(true)
    setSaid(null)
    drawn()
      .then(work)
      .catch((error: unknown) => {
        if (here.current && !(ours?.(error) ?? false)) setSaid(worded(error, person))
      })
      .finally(() => {
        going.current = false
        if (here.current) setBusy(false)
      })
  }
  return { busy, said, run, tell: (text) => setSaid(text === null ? null : { text, alarm: false, offline: false }) }
}
