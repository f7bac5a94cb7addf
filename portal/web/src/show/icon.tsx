// SPDX-License-Identifier: EUPL-1.2
// Line drawings, one stroke wide. They decorate: the words beside them say the same, so readers skip them.

const PATHS = {
  home: 'M4 11l8-7 8 7M6 10v10h12V10M10 20v-5h4v5',
  drawers: 'M4 4h16v16H4zM4 12h16M10.5 8h3M10.5 16h3',
  requests: 'M4 5h16v11H9l-5 4zM8 9h8M8 12h5',
  looked: 'M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 12zM12 9.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z',
  more: 'M4 6h16M4 12h16M4 18h16',
  running: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16.5 8.5l2 2 3.5-4',
  receipts: 'M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6',
  pause: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2',
  leave: 'M12 3v11M8 10.5l4 4 4-4M4 16v4h16v-4',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20',
  exit: 'M13 4h6v16h-6M4 12h10M10.5 8.5L14 12l-3.5 3.5',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  check: 'M4.5 12.5l5 5 10-11',
  clock: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 2',
  alert: 'M12 4l9 16H3zM12 10v4.5M12 17.2v.1',
  info: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 11.5v4.5M12 8.2v.1',
  paper: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
  school: 'M2.5 9L12 5l9.5 4L12 13zM6.5 11v5c3 2.5 8 2.5 11 0v-5M21.5 9v5',
  'work-and-income': 'M3.5 8h17v11h-17zM9 8V5h6v3M3.5 13h17',
  money: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM15 9c-1-1.3-4.5-1.5-5 1.5s0 5 2 5.5 3-.5 3-1M8.5 11.5h4M8.5 13.5h4',
  debts: 'M4 5h16v14H4zM4 9.5h16M8 14h3M14.5 14h2',
  health: 'M12 20C5 15 3.5 12 3.5 9.2A4.2 4.2 0 0 1 12 7.8a4.2 4.2 0 0 1 8.5 1.4C20.5 12 19 15 12 20z',
  living: 'M4 11l8-7 8 7M6 10v10h12V10M12 14v6',
  'free-time': 'M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9L12 16.9l-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z',
  'my-people': 'M8.5 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM16.5 12a2.5 2.5 0 1 0 0-5M2.5 19c.4-3.5 2.7-5.2 6-5.2s5.6 1.7 6 5.2M17 14.5c2.6 0 4.2 1.5 4.5 4.5',
  papers: 'M4 6h16v12H4zM8.5 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM13.5 10.5h4M13.5 13.5h4',
  private: 'M7 3h10v18l-5-3.5L7 21zM12 7.5v4',
  answers: 'M4 5h16v11H9l-5 4zM8.5 10.5l2.5 2.5 4.5-5',
} as const

export type IconName = keyof typeof PATHS

/** The drawing for a kind of drawer; a sheet of paper for a kind this page does not know. */
export function drawerIcon(category: string): IconName {
  return category in PATHS ? (category as IconName) : 'paper'
}

/** A line drawing. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The little vault itself: three drawers, one a bit open. `shut`: none is. */
export function Vault({ large = false, shut = false }: { readonly large?: boolean; readonly shut?: boolean }) {
  if (!large)
    return (
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <rect class="art__dark" x="3" y="2" width="26" height="28" rx="6" />
        <rect class="art__front" x="6.5" y="5.5" width="19" height="6" rx="1.5" stroke="none" />
        <rect class="art__front" x="6.5" y="13" width="19" height="6" rx="1.5" stroke="none" />
        <rect class="art__front" x="6.5" y="20.5" width="19" height="6" rx="1.5" stroke="none" />
        <circle class="art__knob" cx="16" cy="8.5" r="1.4" />
        <circle class="art__knob" cx="16" cy="16" r="1.4" />
        <circle class="art__knob" cx="16" cy="23.5" r="1.4" />
      </svg>
    )
  return (
    <svg viewBox="0 0 240 240" aria-hidden="true" focusable="false" stroke-width="2">
      <rect class="art__dark" x="52" y="214" width="24" height="14" rx="5" />
      <rect class="art__dark" x="164" y="214" width="24" height="14" rx="5" />
      <rect class="art__body" x="34" y="30" width="172" height="188" rx="22" />
      <rect class="art__front" x="50" y="48" width="140" height="42" rx="9" />
      {shut ? (
        <rect class="art__front" x="50" y="106" width="140" height="42" rx="9" />
      ) : (
        <>
          <path class="art__paper" d="M72 122V92h54l14 12v18z" />
          <path class="art__line" d="M84 103h34M84 112h24" stroke-linecap="round" />
          <rect class="art__front" x="42" y="108" width="156" height="46" rx="10" />
        </>
      )}
      <rect class="art__front" x="50" y="164" width="140" height="40" rx="9" />
      <rect class="art__line" x="98" y="56" width="44" height="10" rx="3" />
      <rect class="art__line" x="96" y={shut ? 114 : 118} width="48" height="11" rx="3" />
      <rect class="art__line" x="98" y="171" width="44" height="10" rx="3" />
      <circle class="art__knob" cx="120" cy="78" r="5" />
      <circle class="art__knob" cx="120" cy={shut ? 136 : 142} r="5.5" />
      <circle class="art__knob" cx="120" cy="192" r="5" />
    </svg>
  )
}

/** "F" for Fatima, in a circle: who asks is a person, not a form. */
export function Initial({ of }: { readonly of: string }) {
  return (
    <span class="initial" aria-hidden="true">
      {[...of.trim()][0]?.toLocaleUpperCase() ?? ''}
    </span>
  )
}
