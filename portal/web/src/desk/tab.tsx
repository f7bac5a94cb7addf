// SPDX-License-Identifier: EUPL-1.2
// Signing in for one grant, in a new tab: for each opening anew, so that no sign-in opens two.
import { useEffect, useRef, useState } from 'preact/hooks'
import { Note } from '../screens/parts.tsx'
import { say } from '../words/say.ts'
import { useDesk } from './app.ts'
import type { Opening } from './server.ts'
import type { Granted } from './shapes.ts'

/** `opens`: goes to the sign-in and waits; false when this screen is left before it is done. `tab`: what to say meanwhile. */
export function useOpening() {
  const { member } = useDesk()
  const [opening, setOpening] = useState<Opening | null>(null)
  const here = useRef(true)
  useEffect(
    () => () => {
      here.current = false
    },
    [],
  )
  const opens = async (grant: Granted, reason: string | null): Promise<boolean> => {
    const begun = await member.reading.begins(grant, reason)
    setOpening(begun)
    if (begun.address !== null) window.open(begun.address, '_blank', 'noopener')
    const done = await member.reading.waitsFor(begun, () => !here.current)
    if (done) setOpening(null)
    return done
  }
  const tab = opening && (
    <Note kind="info" role="status">
      <p class="nl-paragraph">{say('desk.open.tab')}</p>
      {opening.address !== null && (
        <p>
          <a class="nl-link" href={opening.address} target="_blank" rel="noopener">
            {say('desk.open.tab.again')}
          </a>
        </p>
      )}
    </Note>
  )
  return { opens, tab }
}
