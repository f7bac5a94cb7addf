// SPDX-License-Identifier: EUPL-1.2
// The tick. It means one thing only: checked on this device. It is never drawn for anything else.
import type { ComponentChildren } from 'preact'
import { say } from '../words/say.ts'
import { Icon } from './icon.tsx'

/** "✓ …", for what this device has checked. */
export function Checked({ children }: { readonly children: ComponentChildren }) {
  return (
    <span class="check">
      <Icon name="check" />
      <span>{children}</span>
    </span>
  )
}

/** How a line of the log stands: checked, too young to be checked, or (said by the screen, in red) wrong. */
export function LineTick({ tick }: { readonly tick: 'checked' | 'soon' | 'wrong' }) {
  if (tick === 'checked') return <Checked>{say('looked.checked')}</Checked>
  return (
    <span class={tick === 'soon' ? 'check check--later' : 'check check--wrong'}>
      <Icon name={tick === 'soon' ? 'clock' : 'alert'} />
      <span>{say(tick === 'soon' ? 'looked.waiting' : 'looked.wrong')}</span>
    </span>
  )
}
