// SPDX-License-Identifier: EUPL-1.2
import type { AttachmentEntry } from './attachment.ts'

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** The free part of a record. */
export type Body = { readonly [name: string]: Json }

/** One version of a record, opened. `sid` names it; `kid` is the key that signed; `token` is the author's JWS. */
export interface Record {
  readonly iss: string
  readonly vlt: string
  readonly drw: string
  readonly rid: string
  readonly ver: number
  readonly sch: string
  readonly prv: string | null
  readonly iat: number
  readonly att: readonly AttachmentEntry[]
  readonly body: Body
  readonly token: string
  readonly sid: string
  readonly kid: string
}
