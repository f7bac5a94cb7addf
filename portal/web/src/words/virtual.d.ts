// SPDX-License-Identifier: EUPL-1.2
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
