// SPDX-License-Identifier: EUPL-1.2
// Starts the desk: its words, the member at this device, and the screens. Loaded only where /portal.json says so.
import type { Settings } from '../device/person.ts'
import { lazy } from '../screens/lazy.tsx'
import { atTheDesk, speak } from '../words/say.ts'
import { Member } from './member.ts'
import { type DeskRoutes, DeskShell } from './shell.tsx'

const routes: DeskRoutes = {
  welcome: { screen: lazy(async () => (await import('./arriving.tsx')).Welcome), needs: 'nothing' },
  start: { screen: lazy(async () => (await import('./arriving.tsx')).Start), needs: 'sign-in' },
  make: { screen: lazy(async () => (await import('./arriving.tsx')).Make), needs: 'sign-in' },
  safetynet: { screen: lazy(async () => (await import('./arriving.tsx')).SafetyNet), needs: 'making' },
  unlock: { screen: lazy(async () => (await import('./arriving.tsx')).Unlock), needs: 'sign-in' },
  letin: { screen: lazy(async () => (await import('./letin.tsx')).LetIn), needs: 'open' },
  cases: { screen: lazy(async () => (await import('./cases.tsx')).Cases), needs: 'working' },
  'case/*': { screen: lazy(async () => (await import('./case.tsx')).OneCase), needs: 'working' },
  ask: { screen: lazy(async () => (await import('./ask.tsx')).Ask), needs: 'working' },
  'open/*': { screen: lazy(async () => (await import('./open.tsx')).Open), needs: 'working' },
  'bring/*': { screen: lazy(async () => (await import('./bring.tsx')).Bring), needs: 'working' },
  closed: { screen: lazy(async () => (await import('./open.tsx')).Closed), needs: 'working' },
  why: { screen: lazy(async () => (await import('./why.tsx')).Whys), needs: 'working' },
  deletion: { screen: lazy(async () => (await import('./deletion.tsx')).Deletions), needs: 'working' },
  'handover/*': { screen: lazy(async () => (await import('./handover.tsx')).HandOver), needs: 'working' },
  'evidence/*': { screen: lazy(async () => (await import('./handover.tsx')).EvidenceOf), needs: 'working' },
  team: { screen: lazy(async () => (await import('./team.tsx')).TeamScreen), needs: 'open' },
  organisations: { screen: lazy(async () => (await import('./organisations.tsx')).Organisations), needs: 'listed' },
  purposes: { screen: lazy(async () => (await import('./purposes.tsx')).Purposes), needs: 'listed' },
  'purposes/*': { screen: lazy(async () => (await import('./purposes.tsx')).OnePurpose), needs: 'listed' },
  takeover: { screen: lazy(async () => (await import('./takeover.tsx')).TakeOver), needs: 'listed' },
  health: { screen: lazy(async () => (await import('./health.tsx')).Health), needs: 'working' },
  help: { screen: lazy(async () => (await import('./help.tsx')).Help), needs: 'sign-in' },
  settings: { screen: lazy(async () => (await import('./settings.tsx')).Settings), needs: 'open' },
  more: { screen: lazy(async () => (await import('./settings.tsx')).More), needs: 'open' },
}

/** The desk's shell, ready to be drawn. */
export async function startDesk(settings: Settings) {
  atTheDesk()
  const member = await Member.begin(settings)
  await speak(member.lang)
  return <DeskShell member={member} routes={routes} />
}
