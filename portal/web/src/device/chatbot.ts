// SPDX-License-Identifier: EUPL-1.2
// Asking the helper: the only call of this page that says nothing about who asks. No token, no proof, no cookie goes
// along (chatbot.md, done when 5), and nothing of the answer is kept. Contract: openapi/chatbot.yaml.
import { call } from './http.ts'
import type { Lang, Settings } from './shapes.ts'

export type Audience = '12-15' | '16+' | 'relative' | 'caseworker'

/** A button of an answer. At most one of the four others is set. */
export interface Action {
  readonly action:
    | 'show-running-permissions'
    | 'show-who-looked'
    | 'show-requests'
    | 'show-helpers'
    | 'show-drawers'
    | 'pause-all'
    | 'open-screen'
    | 'call'
    | 'open-link'
    | 'talk-to-someone'
    | 'hand-over'
  readonly category?: string
  readonly screen?: string
  readonly number?: string
  readonly url?: string
}

/** What the helper says, and the rule that says it: `crisis-…`, `numbers`, `ask`, `hand-over`, or the id of a rule. */
export interface Answer {
  readonly rule: string
  readonly locale: Lang
  readonly say: string
  readonly actions: readonly Action[]
  readonly choices: readonly { readonly rule: string; readonly title: string; readonly text: string }[]
  readonly handover?: { readonly topic?: string; readonly phone: string; readonly hours: string }
}

export const LONGEST = 500 // characters: the helper takes no more

/** One question. `asked`: the helper asked back before. Raises Refused, Unavailable, Offline. */
export async function asks(settings: Settings, text: string, locale: Lang, audience: Audience, asked = false): Promise<Answer> {
  const origin = String(settings.pins.origin)
  const json = { text: text.slice(0, LONGEST), locale, audience, asked }
  return (await call('POST', `${origin}/chatbot/v1/answers`, { json })).json<Answer>()
}
