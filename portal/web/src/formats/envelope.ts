// SPDX-License-Identifier: EUPL-1.2
// The outer shape of what carries keys: envelope, keyring, unlock slot, share. Mirrors formats/envelope.py.
import { TO_KEY, WRAPPED, sealedHeader } from './record.ts'
import { checkHash, checkId, checkInt, checkOneOf, refuse } from './spelling.ts'

export const ENVELOPE = 'vault-key+jwe', KEYRING = 'vault-ring+jwe', SLOT = 'vault-slot+jwe', SHARE = 'vault-share+jwe'
export const SLOT_TYPES = ['prf', 'code', 'pass', 'trustees'] as const
export type SlotType = (typeof SLOT_TYPES)[number]

/** Whose drawer's epoch, for which grant, sealed to the key with thumbprint `kid`. */
export interface EnvelopePlace {
  readonly vlt: string
  readonly drw: string
  readonly ep: number
  readonly gnt: string
  readonly kid: string
}

/** The place an envelope names. */
export function envelopePlace(jwe: string): EnvelopePlace {
  const found = sealedHeader(jwe, ENVELOPE, TO_KEY, ['vlt', 'drw', 'ep', 'gnt'], 'jwk-set+json')
  return {
    vlt: checkId(found.vlt),
    drw: checkId(found.drw),
    ep: checkInt(found.ep, 1),
    gnt: checkId(found.gnt),
    kid: checkHash(found.kid),
  }
}

/** The place a keyring names: whose, and its number from 1. */
export function ringPlace(jwe: string): { vlt: string; seq: number } {
  const found = sealedHeader(jwe, KEYRING, WRAPPED, ['vlt', 'seq'], null)
  if (found.kid !== 'ring') refuse('kid')
  return { vlt: checkId(found.vlt), seq: checkInt(found.seq, 1) }
}

/** The place an unlock slot names. */
export function slotPlace(jwe: string): { vlt: string; id: string; type: SlotType } {
  const found = sealedHeader(jwe, SLOT, WRAPPED, ['vlt', 'slot'], null)
  return { vlt: checkId(found.vlt), id: checkId(found.kid), type: checkOneOf(found.slot, SLOT_TYPES) }
}

/** The place a share names: of slot `slot`, sealed to the key with thumbprint `kid`. */
export function sharePlace(jwe: string): { vlt: string; slot: string; kid: string } {
  const found = sealedHeader(jwe, SHARE, TO_KEY, ['vlt', 'for'], null)
  return { vlt: checkId(found.vlt), slot: checkId(found.for), kid: checkHash(found.kid) }
}
