// SPDX-License-Identifier: EUPL-1.2
/** A public P-256 JWK: exactly these members, `kid` its RFC 7638 thumbprint. */
export interface PublicJwk {
  readonly kty: string
  readonly crv: string
  readonly x: string
  readonly y: string
  readonly alg: string
  readonly use: string
  readonly kid: string
}
