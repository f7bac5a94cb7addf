// SPDX-License-Identifier: EUPL-1.2
// The outer shape of a deposit: what a source sealed to a drawer's BOX and could not read back. The `kid` is the
// thumbprint of that BOX. Mirrors formats/deposit.py.
import { AUTHORED, TO_KEY, sealedHeader } from './record.ts'
import { checkHash, checkId, checkInt } from './spelling.ts'

export const DEPOSIT = 'vault-dep+jwe'

/** Where a deposit lies: vault, drawer, record (always version 1), and the BOX it is sealed to. */
export interface DepositPlace {
  readonly vlt: string
  readonly drw: string
  readonly rid: string
  readonly ver: number
  readonly box: string
}

/** The place a deposit names; `box` is the thumbprint of the key it is sealed to. */
export function depositPlace(jwe: string): DepositPlace {
  const found = sealedHeader(jwe, DEPOSIT, TO_KEY, ['vlt', 'drw', 'rid', 'ver'], AUTHORED)
  return {
    vlt: checkId(found.vlt),
    drw: checkId(found.drw),
    rid: checkId(found.rid),
    ver: checkInt(found.ver, 1, 1),
    box: checkHash(found.kid),
  }
}
