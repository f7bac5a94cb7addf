// SPDX-License-Identifier: EUPL-1.2
// The consent receipt: what was agreed, for the person to keep. Signed JSON-LD after ISO/IEC TS 27560 and DPV. Mirrors
// the checking half of formats/consent_receipt.py.
import { verify } from './jose.ts'
import {
  type Claims,
  checkHash,
  checkId,
  checkInt,
  checkList,
  checkMembers,
  checkOneOf,
  checkOrganisation,
  checkString,
  checkText,
  checkVault,
  isObject,
  orNull,
  refuse,
  sid,
} from './spelling.ts'

export const CONSENT_RECEIPT = 'consent-receipt+jwt'
export const STATES = [
  'ConsentRequested', 'ConsentGiven', 'RenewedConsentGiven', 'ConsentRefused', 'ConsentWithdrawn',
  'ConsentRevoked', 'ConsentExpired', 'ConsentInvalidated',
] as const // prettier-ignore
const PROFILE = 'https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr'
const CONTEXT = {
  dct: 'http://purl.org/dc/terms/',
  dpv: 'https://w3id.org/dpv#',
  'eu-gdpr': 'https://w3id.org/dpv/legal/eu/gdpr#',
  loc: 'https://w3id.org/dpv/loc#',
}
const BODY = [
  '@context', '@type', 'dct:conformsTo', 'dct:identifier', 'dct:created', 'dpv:hasDataSubject', 'dpv:hasNotice',
  'dpv:hasPurpose', 'dpv:hasLegalBasis', 'dpv:hasPersonalData', 'dpv:hasDataController', 'dpv:hasRecipient',
  'dpv:hasStorageCondition', 'dpv:hasJurisdiction', 'dpv:hasConsentControl', 'dpv:hasRight',
  'dpv:hasImpactAssessment', 'dpv:hasConsentStatus',
] // prettier-ignore
const REPRESENTATIVE = 'dpv:hasRepresentative' // only where another person decided
const ENTITY = ['@id', 'dpv:hasName', 'dpv:hasAddress', 'dpv:hasContact']

/** A consent receipt that was checked. `body` is its JSON-LD; `sid` names the grant, or is null before there is one. */
export interface ConsentReceipt {
  readonly tokenSid: string
  readonly iss: string
  readonly vlt: string
  readonly jti: string
  readonly iat: number
  readonly sid: string | null
  readonly body: Claims
  /** The newest state. */
  readonly state: (typeof STATES)[number]
}

/** A consent receipt, checked with the registry's pinned key; every field of the profile must be there. */
export async function verifyConsentReceipt(token: string, consentKey: unknown): Promise<ConsentReceipt> {
  const names = ['iss', 'sub', 'jti', 'iat', 'sid', 'body']
  const claims = checkMembers(await verify(token, CONSENT_RECEIPT, consentKey), names)
  const found = {
    tokenSid: await sid(token),
    iss: checkOrganisation(claims.iss),
    vlt: checkVault(claims.sub),
    jti: checkId(claims.jti),
    iat: checkInt(claims.iat),
    sid: orNull(checkHash, claims.sid),
  }
  return { ...found, ...checkBody(claims.body, found) }
}

function checkBody(value: unknown, found: { vlt: string; jti: string; iat: number }): Pick<ConsentReceipt, 'body' | 'state'> {
  const represented = isObject(value) && Object.hasOwn(value, REPRESENTATIVE)
  const body = checkMembers(value, represented ? [...BODY, REPRESENTATIVE] : BODY)
  const fixed: Claims = {
    '@type': 'dpv:ConsentReceipt',
    'dct:conformsTo': PROFILE,
    'dct:identifier': found.jti,
    'dct:created': new Date(found.iat * 1000).toISOString().replace('.000Z', 'Z'),
    'dpv:hasDataSubject': `vault:${found.vlt}`,
    'dpv:hasJurisdiction': 'loc:NL',
    'dpv:hasRight': 'eu-gdpr:A7-3',
  }
  for (const [name, expected] of Object.entries(fixed)) if (body[name] !== expected) refuse('receipt')
  const context = checkMembers(body['@context'], Object.keys(CONTEXT))
  for (const [name, expected] of Object.entries(CONTEXT)) if (context[name] !== expected) refuse('receipt')
  checkHash(texts(body['dpv:hasNotice'], ['dct:date', 'dct:language', 'dpv:hasHash'])['dpv:hasHash'])
  for (const name of ['dpv:hasPurpose', 'dpv:hasLegalBasis', 'dpv:hasImpactAssessment']) checkText(body[name], 500)
  for (const drawer of checkList(body['dpv:hasPersonalData'], 200)) checkText(drawer)
  texts(body['dpv:hasDataController'], ENTITY)
  texts(body['dpv:hasRecipient'], ENTITY)
  texts(body['dpv:hasStorageCondition'], ['dpv:hasLocation', 'dpv:hasDuration', 'dpv:hasDeletion'])
  texts(body['dpv:hasConsentControl'], ['@type', 'dpv:isExercisedAt'])
  const states = checkList(body['dpv:hasConsentStatus'], 200).map((one) => {
    const names = ['@type', 'dpv:isIndicatedBy', 'dpv:hasIndicationMethod', 'dpv:isIndicatedAtTime']
    return checkOneOf(checkString(texts(one, names)['@type']).replace(/^dpv:/, ''), STATES)
  })
  if (represented) checkText(body[REPRESENTATIVE])
  return { body, state: states.at(-1) ?? refuse('receipt') }
}

function texts(value: unknown, names: readonly string[]): Claims {
  const found = checkMembers(value, names)
  for (const name of names) checkText(found[name], 500)
  return found
}
