// SPDX-License-Identifier: EUPL-1.2
// What words.ts makes of each language: the words of all screens but the desk's, and those of the desk.
declare module 'virtual:words/nl' {
  import type { Messages } from './say'
  const messages: Messages
  export default messages
}
declare module 'virtual:words/en' {
  import type { Messages } from './say'
  const messages: Messages
  export default messages
}
declare module 'virtual:words/nl-desk' {
  import type { Messages } from './say'
  const messages: Messages
  export default messages
}
declare module 'virtual:words/en-desk' {
  import type { Messages } from './say'
  const messages: Messages
  export default messages
}
