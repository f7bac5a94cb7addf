// SPDX-License-Identifier: EUPL-1.2
// A person's device on the line: calls to vault and consent under the person's own token, and what it remembers of her
// vault. Mirrors kluisje/device.py.
import { type Answer, type Given, call } from './http.ts'
import type { SignIn } from './signin.ts'
import type { Known, Storage, Unfinished } from './storage.ts'

const PAGE = 100
type Part = 'vault' | 'consent'

/** Calls in the name of one signed-in person. */
export class Device {
  readonly origin: string
  readonly #signin: SignIn
  readonly #storage: Storage
  /** What this device knows of the vault, once signed in; `remember` writes it down. */
  known: Known = { ring: 0, seq: -1, lines: 0, checkpoints: {} }

  constructor(origin: string, signin: SignIn, storage: Storage) {
    this.origin = origin
    this.#signin = signin
    this.#storage = storage
  }

  /** Whose vault it is; "" before signing in. */
  get vlt(): string {
    return this.#signin.vlt
  }

  /** Reads what is known, after a sign-in. */
  async recall(): Promise<void> {
    this.known = await this.#storage.known(this.vlt)
  }

  /** Writes down what this device has now seen. */
  async remember(seen: Partial<Known>): Promise<void> {
    Object.assign(this.known, seen)
    await this.#storage.remember(this.vlt, this.known)
  }

  /** What of a vault that is being made this device still has to send, or null. */
  unfinished(): Promise<Unfinished | null> {
    return this.#storage.unfinished(this.vlt)
  }

  /** Keeps that until all was sent (null). */
  setUnfinished(making: Unfinished | null): Promise<void> {
    return this.#storage.setUnfinished(this.vlt, making)
  }

  /** Forgets the vault: it is erased, or comes back from an export. */
  async forget(): Promise<void> {
    await this.#storage.forget(this.vlt)
    await this.recall()
  }

  /** A call to the vault, `path` below this person's own `/vaults/{vlt}` ("" is the vault itself). */
  vault(method: string, path: string, given: Given = {}): Promise<Answer> {
    return this.top('vault', method, `/vaults/${this.vlt}${path}`, given)
  }

  /** A call to consent, `path` below this person's own `/vaults/{vlt}`. */
  consent(method: string, path: string, given: Given = {}): Promise<Answer> {
    return this.top('consent', method, `/vaults/${this.vlt}${path}`, given)
  }

  /** A call to `vault` or `consent` that is not below a vault: `/vaults`, `/logs/…`. */
  async top(part: Part, method: string, path: string, given: Given = {}): Promise<Answer> {
    const resource = `${this.origin}/${part}/v1`
    return call(method, resource + path, { ...given, auth: await this.#signin.auth(resource) })
  }

  /** The identity issuer's `vault-person+jwt` for the SIG with this thumbprint. */
  async attest(jkt: string): Promise<string> {
    return (await (await this.#issuer('/attestations', { jkt })).json<{ person: string }>()).person
  }

  /** Stops the device whose tokens are bound to this key. The issuer first: then it gets no new token while consent and
   * vault are told. */
  async stopDevice(jkt: string): Promise<void> {
    await this.#issuer('/stopped-devices', { jkt })
    for (const part of ['consent', 'vault'] as const) await this[part]('DELETE', `/devices/${jkt}`)
  }

  /** Ends a move to here; from then on this device calls under the `vlt` that was brought along. */
  async moves(given: { arrival: string; card: string; proof: string }): Promise<void> {
    await this.#issuer('/moves', given)
    await this.lookAgain()
  }

  /** Fresh tokens: whose vault it is now, which changes once, when she moves in. */
  async lookAgain(): Promise<string> {
    await this.#signin.again(`${this.origin}/person`)
    await this.recall()
    return this.vlt
  }

  async #issuer(path: string, json: { readonly [name: string]: unknown }): Promise<Answer> {
    const resource = `${this.origin}/person`
    return call('POST', resource + path, { json, auth: await this.#signin.auth(resource) })
  }

  /** All items of a list below this person's vault, page by page, in the server's order (newest first). `paged` false:
   * a list that comes whole and takes no page size. */
  async items<Item>(part: Part, path: string, paged = true): Promise<Item[]> {
    const found: Item[] = []
    let query: { [name: string]: string | number } = paged ? { pageSize: PAGE } : {}
    for (;;) {
      const answer = await this[part]('GET', path, { query })
      const page = await answer.json<{ items: Item[]; next: string | null }>()
      found.push(...page.items)
      if (page.next === null) return found
      query = { ...query, pageCursor: page.next }
    }
  }
}
