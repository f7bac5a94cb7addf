// SPDX-License-Identifier: EUPL-1.2
// Passkeys (WebAuthn Level 3): making one, and a touch of one. Its PRF output is a secret of this person; it is taken
// out of the results here and deleted from them before anything is posted, and only the three texts that consent checks
// ever leave this file besides it. `eval.first` is always sent; ES256 only.
import { type Bytes, type PublicJwk, b64u, refuse, thumbprint, unb64u } from '../formats/spelling.ts'
import { prfInput } from '../formats/slots.ts'
import type { Passkey } from '../formats/statement.ts'
import { NoPrf, NotNow } from './errors.ts'

const ES256 = -7

/** A touch as consent checks it: octets as base64url, and no extension results. */
export interface Assertion {
  readonly credential: string
  readonly authenticatorData: string
  readonly clientData: string
  readonly signature: string
}

/** A passkey that was made: what the card says of it, and its secret (null: this one gives none). */
export interface Made {
  readonly passkey: Passkey
  readonly secret: Bytes | null
}

/** Makes a passkey on this device. `others`: those of the vault, so that none is made over. NotNow when the window was
 * closed, or when this device has one of them already. */
export async function make(vlt: string, name: string, others: readonly string[]): Promise<Made> {
  if (!('credentials' in navigator) || typeof PublicKeyCredential === 'undefined') throw new NoPrf()
  const first = await prfInput(vlt)
  const made = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { id: location.hostname, name },
        // The same vault is the same account for the authenticator; a hash of its pseudonym says no more than that.
        user: { id: first, name, displayName: name },
        challenge: crypto.getRandomValues(new Uint8Array(32)),
        pubKeyCredParams: [{ type: 'public-key', alg: ES256 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        excludeCredentials: others.map((id) => ({ type: 'public-key', id: unb64u(id) })),
        attestation: 'none',
        extensions: { prf: { eval: { first } } },
      },
    }),
  )
  const { response } = made
  if (!(response instanceof AuthenticatorAttestationResponse)) throw new NotNow()
  const spki = response.getPublicKey()
  if (!spki || response.getPublicKeyAlgorithm() !== ES256) throw new NoPrf()
  const passkey = { id: b64u(new Uint8Array(made.rawId)), jwk: await jwkOf(spki) }
  const { secret, enabled } = prfOf(made)
  // Some authenticators make the passkey first, and give the secret only at a touch.
  if (secret === null && enabled) return { passkey, secret: (await touch(vlt, null, [passkey.id])).secret }
  return { passkey, secret }
}

/** A touch of a passkey: its secret (null: none), and the assertion over `challenge` (b64u; null: a random one, for who
 * only wants the secret). `ids`: which passkeys; none named: any that this page has here. */
export async function touch(
  vlt: string,
  challenge: string | null,
  ids: readonly string[],
): Promise<{ secret: Bytes | null; assertion: Assertion }> {
  if (!('credentials' in navigator) || typeof PublicKeyCredential === 'undefined') throw new NoPrf()
  const first = await prfInput(vlt)
  const found = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        rpId: location.hostname,
        challenge: challenge === null ? crypto.getRandomValues(new Uint8Array(32)) : unb64u(challenge),
        allowCredentials: ids.map((id) => ({ type: 'public-key', id: unb64u(id) })),
        userVerification: 'required',
        extensions: { prf: { eval: { first } } },
      },
    }),
  )
  const { response } = found
  if (!(response instanceof AuthenticatorAssertionResponse)) throw new NotNow()
  const octets = (data: ArrayBuffer) => b64u(new Uint8Array(data))
  return {
    secret: prfOf(found).secret,
    assertion: {
      credential: octets(found.rawId),
      authenticatorData: octets(response.authenticatorData),
      clientData: octets(response.clientDataJSON),
      signature: octets(response.signature),
    },
  }
}

async function asked(asking: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  let found: Credential | null
  try {
    found = await asking()
  } catch (error) {
    if (error instanceof DOMException && ['NotAllowedError', 'AbortError', 'InvalidStateError'].includes(error.name)) {
      throw new NotNow()
    }
    if (error instanceof DOMException) throw new NoPrf() // this browser or this address knows no passkeys
    throw error
  }
  if (!(found instanceof PublicKeyCredential)) throw new NotNow()
  return found
}

/** Takes the PRF output out of the results, and deletes it there. */
function prfOf(credential: PublicKeyCredential): { secret: Bytes | null; enabled: boolean } {
  const results = credential.getClientExtensionResults()
  const { prf } = results
  delete results.prf
  const first = prf?.results?.first
  if (first === undefined) return { secret: null, enabled: prf?.enabled ?? false }
  const octets = first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer, first.byteOffset, first.byteLength)
  const secret = new Uint8Array(octets)
  octets.fill(0)
  return { secret: secret.length === 32 ? secret : refuse('prf'), enabled: true }
}

async function jwkOf(spki: ArrayBuffer): Promise<PublicJwk> {
  const key = await crypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
  const { x, y } = await crypto.subtle.exportKey('jwk', key)
  const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! } as const
  return { ...jwk, alg: 'ES256', use: 'sig', kid: await thumbprint(jwk) }
}
