// SPDX-License-Identifier: EUPL-1.2
import type { PublicJwk } from './spelling.ts'

/** An organisation's or team's keys, from `iat` until `exp` (seconds). `sid` is what grants and questions name. */
export interface Organisation {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly sub: string
  readonly enc: PublicJwk
  readonly sig: PublicJwk
  readonly x5c: readonly string[]
  readonly iat: number
  readonly exp: number
}
