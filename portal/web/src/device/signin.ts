// SPDX-License-Identifier: EUPL-1.2
// Signing in: a public client, PAR, code, PKCE, one audience per token, all bound to a DPoP key that cannot be read out
// of this browser. Tokens are in memory only: a reload signs out. Mirrors PersonTokens of kluisje/signing_in.py.
// Sources: gateway.md section 1, FAPI 2.0, RFC 9126 (PAR), RFC 7636 (PKCE), RFC 8707 (resource), RFC 9207 (iss).
import { type SigningKey, peek, signBytes } from '../formats/jose.ts'
import { FormatError, H, type PublicJwk, b64u, checkId, thumbprint, utf8 } from '../formats/spelling.ts'
import { Refused } from './errors.ts'
import { type Auth, call, now } from './http.ts'
import type { Storage } from './storage.ts'

const EARLY = 20 // seconds before its end a token is replaced
const LONGEST = 3600 // seconds that a sign-in may be under way

interface Token {
  readonly text: string
  readonly ends: number
}

function vaultOf(token: string): string {
  try {
    return checkId(peek(token).claims.sub)
  } catch (problem) {
    if (!(problem instanceof FormatError)) throw problem
    throw new Refused('wrong-issuer', 'The token names no vault.')
  }
}

function random(bytes: number): string {
  return b64u(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** A person's sign-in at one issuer. */
export class SignIn {
  readonly #storage: Storage
  readonly #issuer: string
  readonly #client: string
  readonly #tokens = new Map<string, Token>()
  #key: SigningKey | null = null
  #refresh: string | null = null
  #metadata: Promise<{ readonly [name: string]: unknown }> | null = null
  #asking: Promise<unknown> = Promise.resolve()
  vlt = ''

  constructor(storage: Storage, issuer: string, client: string) {
    this.#storage = storage
    this.#issuer = issuer
    this.#client = client
  }

  /** The address that a sign-in comes back to. */
  get #back(): string {
    return `${location.origin}/`
  }

  /** Leaves the page for the identity provider. `back`: where to go on afterwards. */
  async leave(back: string): Promise<never> {
    const verifier = random(48), state = random(24)
    await this.#storage.put('signin', { state, verifier, back, at: now() })
    const form = {
      client_id: this.#client,
      response_type: 'code',
      redirect_uri: this.#back,
      state,
      code_challenge: await H(verifier),
      code_challenge_method: 'S256',
    }
    const pushed = await call('POST', await this.#endpoint('pushed_authorization_request_endpoint'), {
      form,
      auth: { key: await this.#own(), token: null },
    })
    const { request_uri } = await pushed.json<{ request_uri: string }>()
    const there = new URL(await this.#endpoint('authorization_endpoint'))
    there.search = new URLSearchParams({ client_id: this.#client, request_uri }).toString()
    location.assign(there)
    return new Promise(() => undefined) // the page is being left
  }

  /** Takes a sign-in that came back out of the address; null when there is none. Refused when it failed. */
  async take(): Promise<string | null> {
    const given = new URLSearchParams(location.search)
    if (!given.has('state') || !(given.has('code') || given.has('error'))) return null
    history.replaceState(null, '', location.pathname)
    const left = await this.#storage.get('signin')
    await this.#storage.drop('signin')
    if (!left || given.get('state') !== left.state || now() > left.at + LONGEST) {
      throw new Refused('wrong-sign-in', 'The sign-in came back for another question.')
    }
    if (given.get('iss') !== this.#issuer) throw new Refused('wrong-issuer', 'The sign-in came back from elsewhere.')
    const error = given.get('error')
    if (error !== null) throw new Refused(error, given.get('error_description') ?? '')
    const form = { grant_type: 'authorization_code', code: given.get('code') ?? '', redirect_uri: this.#back }
    const token = await this.#ask({ ...form, code_verifier: left.verifier, resource: this.#issuer })
    this.#tokens.set(this.#issuer, token)
    this.vlt = vaultOf(token.text)
    return left.back
  }

  /** Forgets the access tokens and gets a fresh one: whose vault it names. */
  async again(resource: string): Promise<void> {
    this.#tokens.clear()
    this.vlt = vaultOf(await this.#token(resource))
  }

  /** What a call for one audience carries (`<origin>/vault/v1`, …, or the issuer). Refused `signed-out` when the
   * sign-in is over. */
  async auth(resource: string): Promise<Auth> {
    return { key: await this.#own(), token: () => this.#token(resource) }
  }

  /** Ends the sign-in, here and at the server. */
  async end(): Promise<void> {
    const refresh = this.#refresh
    this.#tokens.clear()
    this.#refresh = null
    this.vlt = ''
    await this.#storage.drop('signin')
    await this.#storage.drop('key')
    const key = await this.#own()
    this.#key = null
    if (refresh === null) return
    const form = { client_id: this.#client, token: refresh, token_type_hint: 'refresh_token' }
    await call('POST', await this.#endpoint('revocation_endpoint'), { form, auth: { key, token: null } })
  }

  /** One request at a time: a refresh token may be used once. */
  #token(resource: string): Promise<string> {
    const next = this.#asking.then(async () => {
      const known = this.#tokens.get(resource)
      if (known && known.ends - EARLY > now()) return known.text
      if (this.#refresh === null) throw new Refused('signed-out', 'Sign in again.', 401)
      try {
        const token = await this.#ask({ grant_type: 'refresh_token', refresh_token: this.#refresh, resource })
        this.#tokens.set(resource, token)
        return token.text
      } catch (error) {
        if (!(error instanceof Refused) || error.slug !== 'invalid_grant') throw error
        this.#refresh = null
        throw new Refused('signed-out', 'Sign in again.', 401)
      }
    })
    this.#asking = next.catch(() => undefined)
    return next
  }

  async #ask(form: { readonly [name: string]: string }): Promise<Token> {
    const answer = await call('POST', await this.#endpoint('token_endpoint'), {
      form: { client_id: this.#client, ...form },
      auth: { key: await this.#own(), token: null },
    })
    const told = await answer.json<{ [name: string]: unknown }>()
    const { access_token: text, expires_in: lives, refresh_token: refresh, token_type: type } = told
    if (String(type).toLowerCase() !== 'dpop' || typeof text !== 'string' || typeof lives !== 'number') {
      throw new Refused('wrong-issuer', 'The token is not bound to a key.')
    }
    if (typeof refresh === 'string') this.#refresh = refresh
    return { text, ends: now() + lives }
  }

  async #endpoint(name: string): Promise<string> {
    const { origin, pathname } = new URL(this.#issuer)
    this.#metadata ??= call('GET', `${origin}/.well-known/oauth-authorization-server${pathname}`).then((answer) =>
      answer.json(),
    )
    let found: { readonly [name: string]: unknown }
    try {
      found = await this.#metadata
    } catch (error) {
      this.#metadata = null // asked again next time
      throw error
    }
    const address = found[name]
    if (found.issuer !== this.#issuer || typeof address !== 'string' || new URL(address).origin !== origin) {
      throw new Refused('wrong-issuer', 'The metadata is of another issuer.')
    }
    return address
  }

  /** The DPoP key of this browser, made once; a new one after signing out. */
  async #own(): Promise<SigningKey> {
    if (this.#key) return this.#key
    let pair = await this.#storage.get('key')
    if (!pair) {
      pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
      await signBytes(utf8('try'), pair.privateKey)
      await this.#storage.put('key', pair)
    }
    const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
    const jwk = { kty: 'EC', crv: 'P-256', x: x!, y: y! } as const
    const full: PublicJwk = { ...jwk, alg: 'ES256', use: 'sig', kid: await thumbprint(jwk) }
    return (this.#key = { key: pair.privateKey, jwk: full })
  }
}
