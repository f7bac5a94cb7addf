// SPDX-License-Identifier: EUPL-1.2
// A screen that is fetched when it is first needed, so that the first one comes soon on an old telephone.
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Busy, Trouble } from './parts.tsx'
import { say } from '../words/say.ts'

export type ScreenOf = ComponentType<object>

/** A screen of another file. */
export function lazy(load: () => Promise<ScreenOf>): ScreenOf {
  let found: ScreenOf | null = null
  return function Lazy() {
    const [state, set] = useState<'busy' | 'failed' | 'done'>(found ? 'done' : 'busy')
    useEffect(() => {
      if (state !== 'busy') return
      load().then(
        (screen) => {
          found = screen
          set('done')
        },
        () => set('failed'),
      )
    }, [state])
    if (found) {
      const Found = found
      return <Found />
    }
    if (state === 'busy')
      return (
        <>
          <h1 class="unseen">{say('app.name')}</h1>
          <Busy />
        </>
      )
    return <Trouble said={{ text: say(navigator.onLine ? 'state.down' : 'state.offline'), alarm: false, offline: !navigator.onLine }} again={() => set('busy')} />
  }
}
