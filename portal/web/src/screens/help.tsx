// SPDX-License-Identifier: EUPL-1.2
// The helper for a person: who asks says which words fit, and what somebody may see is filled in here, from their own
// permissions with their own token; the helper never learns it.
import { useRef, useState } from 'preact/hooks'
import { asks, type Audience } from '../device/chatbot.ts'
import { language, say } from '../words/say.ts'
import { useApp } from './app.ts'
import { HandOver } from './handover.tsx'
import { Choice } from './inputs.tsx'
import { Talk } from './talk.tsx'

export function Help() {
  const app = useApp()
  const [relative, setRelative] = useState(false)
  const own = useRef<Audience | null>(null)
  const audience = async (): Promise<Audience> => {
    if (relative) return 'relative'
    if (!app.person.signedIn) return '12-15'
    // How old somebody is says which words fit; where that is not known now, the words for the youngest do.
    own.current ??= await app.person.ageBand().then(
      (band) => (band === '16-17' || band === '18+' ? '16+' : '12-15'),
      () => '12-15' as const,
    )
    return own.current
  }
  return (
    <Talk
      asks={async (question, asked) => asks(app.person.settings, question, language(), await audience(), asked)}
      home={app.person.open ? 'home' : app.person.signedIn ? 'unlock' : 'welcome'}
      numbers={'help.numbers'}
      cardScreen={(card, back) => <HandOver {...card} back={back} />}
    >
      <Choice id="help-relative" type="checkbox" checked={relative} onPick={setRelative} label={say('help.relative')} />
    </Talk>
  )
}
