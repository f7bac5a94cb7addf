// SPDX-License-Identifier: EUPL-1.2
/** One thing asked: a whole drawer (`ref`: category), a record (schema URI) or an answer (question URI). */
export interface Item {
  readonly kind: 'drawer' | 'record' | 'answer'
  readonly ref: string
  readonly required: boolean
}

/** A team's signed question. Times in seconds; `off`: the question whose counter-offer this accepts. */
export interface Request {
  readonly token: string
  readonly sid: string
  readonly iss: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly org: string
  readonly act: 'read' | 'deposit'
  readonly pur: string
  readonly knd: string
  readonly items: readonly Item[]
  readonly nbf: number
  readonly ends: number
  readonly gnd: string
  readonly note: string | null
  readonly role: string
  readonly name: string
  readonly off: string | null
}
