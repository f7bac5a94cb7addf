// SPDX-License-Identifier: EUPL-1.2
// Why something did not happen, by name: a screen tells them apart with `instanceof`.

/** The other side said no. `slug`: which problem (docs/problems.md), or the `error` of OAuth. */
export class Refused extends Error {
  readonly slug: string
  readonly detail: string
  readonly status: number
  /** Seconds until it may be tried again, where the answer named them. */
  readonly retryAfter: number | null
  /** The places in what was sent that the answer names (`/items/0/ref`). */
  readonly places: readonly string[]

  constructor(slug: string, detail = '', status = 0, retryAfter: number | null = null, places: readonly string[] = []) {
    super(detail === '' ? slug : `${slug}: ${detail}`)
    this.name = 'Refused'
    this.places = places
    this.slug = slug
    this.detail = detail
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** No answer, or one that says "not now". Nothing was handed out; what was sent may or may not have arrived. */
export class Unavailable extends Error {
  readonly retryAfter: number | null

  constructor(detail: string, retryAfter: number | null = null) {
    super(detail)
    this.name = 'Unavailable'
    this.retryAfter = retryAfter
  }
}

/** The device itself has no connection. Nothing was sent. */
export class Offline extends Error {
  constructor() {
    super('this device is offline')
    this.name = 'Offline'
  }
}

/** Something is not what it claims to be: not opened, not believed, not shown as checked.
 * `reason`: one word for programs, such as `forged`, `no-proof`, `older-head`, `log-changed`, `keyring`. */
export class NotProven extends Error {
  readonly reason: string

  constructor(reason: string, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.name = 'NotProven'
    this.reason = reason
  }
}

/** The vault is not open on this device: only signing in, stopping and pausing work. */
export class Locked extends Error {
  constructor() {
    super('open the vault first')
    this.name = 'Locked'
  }
}

/** This browser, or this passkey, gives no secret (WebAuthn PRF): words do it instead. */
export class NoPrf extends Error {
  constructor() {
    super('no PRF here')
    this.name = 'NoPrf'
  }
}

/** The person put the browser's own passkey window away, or it ran out. */
export class NotNow extends Error {
  constructor() {
    super('the passkey window was closed')
    this.name = 'NotNow'
  }
}

/** What was chosen is no answer to the question, or no value for the form: `reason` says which. */
export class Unfit extends Error {
  readonly reason: 'required-left-out' | 'later-than-asked' | 'not-asked' | 'nothing-there' | 'empty-offer' | 'schema'

  constructor(reason: Unfit['reason'], detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.name = 'Unfit'
    this.reason = reason
  }
}
