// SPDX-License-Identifier: EUPL-1.2
// What each screen of the desk can reach: the member behind it, and the same app that the person's screens know.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { type App, useApp } from '../screens/app.ts'
import type { Member } from './member.ts'

export const MemberContext = createContext<Member | null>(null)

/** The member at this desk, and the app around the screen. */
export function useDesk(): { readonly app: App; readonly member: Member } {
  const member = useContext(MemberContext)
  if (!member) throw new Error('a screen outside the desk')
  return { app: useApp(), member }
}
