// SPDX-License-Identifier: EUPL-1.2
// Where each screen lives. The first ones come with the page; the others are fetched when they are first needed.
import './styles/main.css'
import { render } from 'preact'
import { lazy } from './screens/lazy.tsx'
import { type Routes, start } from './screens/shell.tsx'
import { SignIn, Welcome } from './screens/welcome.tsx'
import { Start, Unlock } from './screens/unlock.tsx'
import { Home } from './screens/home.tsx'

const routes: Routes = {
  welcome: { screen: Welcome, needs: 'nothing' },
  signin: { screen: SignIn, needs: 'nothing' },
  start: { screen: Start, needs: 'sign-in' },
  make: { screen: lazy(async () => (await import('./screens/make.tsx')).Make), needs: 'sign-in' },
  safetynet: { screen: lazy(async () => (await import('./screens/make.tsx')).SafetyNet), needs: 'making' },
  import: { screen: lazy(async () => (await import('./screens/leave.tsx')).Import), needs: 'sign-in' },
  unlock: { screen: Unlock, needs: 'sign-in' },
  home: { screen: Home, needs: 'open' },
  drawers: { screen: lazy(async () => (await import('./screens/drawers.tsx')).Drawers), needs: 'open' },
  'drawers/*': { screen: lazy(async () => (await import('./screens/drawers.tsx')).Drawer), needs: 'open' },
  'new/*': { screen: lazy(async () => (await import('./screens/drawers.tsx')).ChooseKind), needs: 'open' },
  'new/*/*': { screen: lazy(async () => (await import('./screens/item.tsx')).NewItem), needs: 'open' },
  'item/*/*': { screen: lazy(async () => (await import('./screens/item.tsx')).Item), needs: 'open' },
  'upload/*': { screen: lazy(async () => (await import('./screens/item.tsx')).Upload), needs: 'open' },
  search: { screen: lazy(async () => (await import('./screens/drawers.tsx')).Search), needs: 'open' },
  requests: { screen: lazy(async () => (await import('./screens/requests.tsx')).Requests), needs: 'open' },
  'request/*': { screen: lazy(async () => (await import('./screens/request.tsx')).Request), needs: 'open' },
  running: { screen: lazy(async () => (await import('./screens/running.tsx')).Running), needs: 'sign-in' },
  'stop/*': { screen: lazy(async () => (await import('./screens/running.tsx')).Stop), needs: 'sign-in' },
  looked: { screen: lazy(async () => (await import('./screens/looked.tsx')).Looked), needs: 'open' },
  receipts: { screen: lazy(async () => (await import('./screens/receipts.tsx')).Receipts), needs: 'open' },
  'receipts/*': { screen: lazy(async () => (await import('./screens/receipts.tsx')).OneReceipt), needs: 'open' },
  pause: { screen: lazy(async () => (await import('./screens/settings.tsx')).Pause), needs: 'sign-in' },
  leave: { screen: lazy(async () => (await import('./screens/leave.tsx')).Leave), needs: 'open' },
  settings: { screen: lazy(async () => (await import('./screens/settings.tsx')).Settings), needs: 'open' },
  devices: { screen: lazy(async () => (await import('./screens/devices.tsx')).Devices), needs: 'sign-in' },
  quickexit: { screen: lazy(async () => (await import('./screens/settings.tsx')).QuickExit), needs: 'nothing' },
  help: { screen: lazy(async () => (await import('./screens/help.tsx')).Help), needs: 'nothing' },
  more: { screen: lazy(async () => (await import('./screens/settings.tsx')).More), needs: 'open' },
}

const place = document.getElementById('app')
const desk = async () => (await import('./desk/start.tsx')).startDesk
if (place) void start(routes, (shell) => render(shell, place), () => place.replaceChildren(), desk)
