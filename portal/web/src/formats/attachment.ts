// SPDX-License-Identifier: EUPL-1.2
/** What a record says of one attachment: `{id, key, len, h, c2sp}`. `key` is secret and never printed. */
export interface AttachmentEntry {
  readonly id: string
  readonly key: Uint8Array
  readonly length: number
  readonly h: string
}
