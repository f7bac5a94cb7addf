// SPDX-License-Identifier: EUPL-1.2
// What holds the desk's screens: which one is on, what it needs first, locking. The person's shell does the same for hers.
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { Making, Person } from '../device/person.ts'
import { type App, AppContext, currentPath, goodbye, href } from '../screens/app.ts'
import type { ScreenOf } from '../screens/lazy.tsx'
import { listen, routeOf } from '../screens/shell.tsx'
import { MemberContext } from './app.ts'
import { DeskFrame } from './frame.tsx'
import type { Member } from './member.ts'

/** What must be so before a screen can be shown. `working`: let in, with the team's key at hand; `listed`: that, or the
 * administrator, who opens nothing. */
type Needs = 'nothing' | 'sign-in' | 'making' | 'open' | 'listed' | 'working'
export type DeskRoutes = Readonly<Record<string, { readonly screen: ScreenOf; readonly needs: Needs }>>

/** What the shared screens (unlock, safety net, parts) ask of whoever uses them: a member has it as a person has. */
type Shared = Pick<
  Person,
  | 'settings' | 'open' | 'signedIn' | 'locks' | 'onLock' | 'staysAwake' | 'lockMinutes' | 'lockLeft' | 'lang' | 'tabTitle'
  | 'waysIn' | 'opens' | 'opensWithPasskey' | 'opensWithWords' | 'makesAVault' | 'newCode'
> // prettier-ignore

function where(path: readonly string[], member: Member, routes: DeskRoutes, making: Making | null): string | null {
  const name = routeOf(path, routes)
  const needs = name === null ? null : (routes[name]?.needs ?? null)
  if (needs === 'nothing') return member.signedIn ? 'start' : null
  if (!member.signedIn) return 'welcome'
  if (needs === null) return member.open ? place(member) : 'start'
  if (needs === 'sign-in') return null
  if (needs === 'making') return making || member.open ? null : 'start'
  if (!member.open) return 'unlock'
  if (needs === 'listed' && member.standing === 'administrator') return null
  return (needs === 'working' || needs === 'listed') && member.standing !== 'works' ? place(member) : null
}

/** The first screen of an open desk. */
function place(member: Member): string {
  return member.standing === 'works' ? 'cases' : member.standing === 'administrator' ? 'team' : 'letin'
}

export function DeskShell({ member, routes }: { readonly member: Member; readonly routes: DeskRoutes }) {
  const [, turn] = useState(0)
  const again = useCallback(() => turn((one) => one + 1), [])
  const app = useMemo<{ -readonly [each in keyof App]: App[each] }>(() => {
    const shared: Shared = member
    return {
      person: shared as Person,
      path: currentPath(),
      making: null,
      next: 'start',
      waits: 0,
      signInFailed: false,
      sought: '',
      said: null,
      again,
      go: (to, replace = false) => {
        if (replace) history.replaceState(null, '', href(to))
        else location.hash = href(to)
        if (replace) again()
      },
      quickExit: () => {
        document.body.replaceChildren()
        document.title = ' '
        member.locks()
        goodbye()
      },
    }
  }, [member])
  useEffect(() => listen(app, again), [app])
  app.path = currentPath()
  const elsewhere = where(app.path, member, routes, app.making)
  if (elsewhere !== null && elsewhere !== app.path.join('/')) {
    const wanted = app.path.join('/')
    if (routeOf(app.path, routes) !== null && elsewhere === 'unlock') app.next = wanted
    history.replaceState(null, '', href(elsewhere))
    app.path = [elsewhere]
  }
  const Shown = routes[routeOf(app.path, routes) ?? 'welcome']?.screen ?? Nothing
  return (
    <AppContext.Provider value={app}>
      <MemberContext.Provider value={member}>
        <DeskFrame>
          <Shown key={app.path.join('/')} />
        </DeskFrame>
      </MemberContext.Provider>
    </AppContext.Provider>
  )
}

const Nothing: ScreenOf = () => null
