// SPDX-License-Identifier: EUPL-1.2
// The helper at the desk: answers for caseworkers first. The question goes by the desk's own server, which tells the helper
// nothing of who asks; buttons that lead to a person's own screens are left out here.
import { type Action, type Answer, LONGEST } from '../device/chatbot.ts'
import { phone } from '../screens/states.tsx'
import { Talk } from '../screens/talk.tsx'
import { language, say } from '../words/say.ts'
import { useDesk } from './app.ts'
import { send } from './server.ts'

const leadsOut = (one: Action) => one.number !== undefined || one.url !== undefined

export function Help() {
  const { app, member } = useDesk()
  const asks = async (question: string, asked: boolean) => {
    const answer = await send<Answer>('POST', '/help-answers', { text: question.slice(0, LONGEST), locale: language(), asked })
    return { ...answer, actions: answer.actions.filter(leadsOut) }
  }
  return (
    <Talk asks={asks} home={member.open ? 'cases' : 'unlock'} numbers={'desk.help.numbers'}>
      <p class="nl-paragraph">{say('desk.help.person', { phone: phone(app.person) })}</p>
    </Talk>
  )
}
