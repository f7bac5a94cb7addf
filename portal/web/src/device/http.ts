// SPDX-License-Identifier: EUPL-1.2
// Calling an installation: the only fetch of this page, a fresh DPoP proof for each request, and problems as errors.
// Mirrors kluisje/http.py. Sources: RFC 9449 (DPoP), RFC 9457 (problems), RFC 6749 section 5.2.
import { makeProof } from '../formats/dpop.ts'
import type { SigningKey } from '../formats/jose.ts'
import { type Bytes, H, isObject } from '../formats/spelling.ts'
import { Offline, Refused, Unavailable } from './errors.ts'

const PROBLEM = 'urn:problem-type:kluisje:'
const SECONDS = 30 // a call
const PIECE_SECONDS = 540 // a piece of an attachment: the vault takes no slower line either

/** The time, in seconds since 1970: the one place of the device that asks for it. */
export function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** A moment of the wire (`2026-11-03T09:30:00Z`) as seconds. */
export function seconds(moment: string): number {
  const found = Date.parse(moment)
  if (Number.isNaN(found)) throw new Unavailable('the answer names no moment')
  return Math.floor(found / 1000)
}

/** A moment in seconds, as the wire has it. */
export function moment(at: number): string {
  return new Date(at * 1000).toISOString().replace('.000Z', 'Z')
}

/** Who sends: a key, and the access token bound to it; without a token the proof goes alone. */
export interface Auth {
  readonly key: SigningKey
  readonly token: (() => Promise<string>) | null
}

/** What is sent: one of json, form and content. */
export interface Given {
  readonly auth?: Auth
  readonly json?: { readonly [name: string]: unknown }
  readonly form?: { readonly [name: string]: string }
  readonly content?: Blob
  readonly query?: { readonly [name: string]: string | number }
  readonly headers?: { readonly [name: string]: string }
  /** The cookie of this page's own origin goes along: at the desk, whose server keeps the sign-in. */
  readonly own?: boolean
}

/** A good answer. */
export class Answer {
  readonly response: Response

  constructor(response: Response) {
    this.response = response
  }

  /** The body as one JSON object. What is signed or sealed in it is text, checked by who uses it. */
  async json<Shape>(): Promise<Shape> {
    const found: unknown = await this.#body(() => this.response.json())
    if (!isObject(found)) throw new Unavailable('the answer is no JSON object')
    return found as Shape
  }

  /** The body as octets, whole. */
  async bytes(): Promise<Bytes> {
    return new Uint8Array(await this.#body(() => this.response.arrayBuffer()))
  }

  /** The body as it comes. */
  async *pieces(): AsyncGenerator<Uint8Array> {
    const reader = this.response.body?.getReader()
    for (;;) {
      const piece = await this.#body(async () => reader?.read())
      if (!piece || piece.done) return
      yield piece.value
    }
  }

  async #body<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch {
      throw navigator.onLine ? new Unavailable('the answer broke off') : new Offline()
    }
  }
}

/** One call. Refused for a no, Unavailable where there is no answer, Offline where this device has no line. */
export async function call(method: string, url: string, given: Given = {}): Promise<Answer> {
  const address = new URL(url)
  for (const [name, value] of Object.entries(given.query ?? {})) address.searchParams.set(name, String(value))
  const headers = new Headers({ Accept: 'application/json', ...given.headers })
  let body: BodyInit | null = null
  if (given.json) {
    headers.set('Content-Type', 'application/json')
    body = JSON.stringify(given.json)
  } else if (given.form) {
    body = new URLSearchParams(given.form)
  } else if (given.content) {
    headers.set('Content-Type', 'application/octet-stream')
    body = given.content
  }
  if (given.auth) {
    const { key, token } = given.auth
    const text = token && (await token())
    if (text !== null) headers.set('Authorization', `DPoP ${text}`)
    headers.set('DPoP', await makeProof(key, method, url, now(), text === null ? null : await H(text)))
  }
  const signal = AbortSignal.timeout(1000 * (given.content ? PIECE_SECONDS : SECONDS))
  let response: Response
  try {
    response = await fetch(address, {
      method,
      headers,
      body,
      signal,
      cache: 'no-store',
      credentials: given.own ? 'same-origin' : 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
    })
  } catch {
    throw navigator.onLine ? new Unavailable(`${address.host} does not answer`) : new Offline()
  }
  if (response.ok) return new Answer(response)
  throw await no(response)
}

async function no(response: Response): Promise<Refused | Unavailable> {
  let told: { readonly [name: string]: unknown } = {}
  try {
    const found: unknown = await response.json()
    if (isObject(found)) told = found
  } catch {
    // A no without words is a no all the same.
  }
  const text = (name: string) => (typeof told[name] === 'string' ? told[name] : '')
  const after = response.headers.get('Retry-After') ?? ''
  const wait = /^[0-9]+$/.test(after) ? Number(after) : null
  if (response.status >= 500) return new Unavailable(text('detail') || 'not available now', wait)
  const kind = text('type')
  const slug = kind.startsWith(PROBLEM) ? kind.slice(PROBLEM.length) : text('error')
  const errors: readonly unknown[] = Array.isArray(told.errors) ? told.errors : []
  const places = errors.map((one) => (isObject(one) && typeof one.at === 'string' ? one.at : ''))
  return new Refused(slug || `status-${response.status}`, text('detail') || text('error_description'), response.status, wait, places)
}
