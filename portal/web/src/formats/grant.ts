// SPDX-License-Identifier: EUPL-1.2
/** One record, handed over at one version without a drawer key; `h` = H(the sealed single). */
export interface Single {
  readonly rid: string
  readonly ver: number
  readonly h: string
}

/** What a grant gives of one drawer: epochs with the hashes of their envelopes, or singles; a deposit grant neither. */
export interface Drawer {
  readonly id: string
  readonly cat: string
  readonly epochs: readonly number[]
  readonly envelopes: readonly string[]
  readonly singles: readonly Single[]
}

/** A grant whose shape is right. */
export interface Grant {
  readonly token: string
  readonly sid: string
  readonly kid: string
  readonly iss: string
  readonly vlt: string
  readonly seq: number
  readonly prv: string | null
  readonly iat: number
  readonly ring: number
  readonly jti: string
  readonly aud: string
  readonly act: 'read' | 'deposit'
  readonly knd: string
  readonly nbf: number
  readonly exp: number
  readonly drawers: readonly Drawer[]
  readonly purpose: string
  readonly lang: string
  readonly textHash: string
  readonly jkt: string
  readonly org: string
  readonly req: string | null
}
