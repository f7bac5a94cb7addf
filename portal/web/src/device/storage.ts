// SPDX-License-Identifier: EUPL-1.2
// What this device remembers, in IndexedDB and nowhere else: the DPoP key (which cannot be read out), what is known of a
// vault's state so that an older one is seen (keyring number, numbers of statements and lines, checkpoints), language,
// tab title, lock time; a sign-in that is under way, until it comes back; and what a vault that is being made still has to
// send, sealed as the servers get it, until all of it is there; and so a paper that a desk brings. Nothing in it opens
// anything.
import { H } from '../formats/spelling.ts'
import type { Lang } from './shapes.ts'

const NAME = 'kluisje', STORE = 'remembered', BRINGING = 'bringing '

/** What is known of one vault: `ring` (keyring seq), `seq` (statements), `lines`, `checkpoints` (origin -> note). Of a
 * member at a desk: `ring`, `seq` (the team's newest member list) and `first`, who signed the first one (a thumbprint). */
export interface Known {
  ring: number
  seq: number
  lines: number
  checkpoints: { [origin: string]: string }
  first?: string
}

/** A sign-in that left the page. */
export interface UnderWay {
  readonly state: string
  readonly verifier: string
  readonly back: string
  readonly at: number
}

/** A vault of which consent may have the card already: what is to be sent, until the last of it was. */
export interface Unfinished {
  readonly card: string
  readonly person: string
  readonly slots: readonly { readonly id: string; readonly type: string; readonly kdf: unknown; readonly jwe: string }[]
  readonly ring: string
}

/** A paper that a team's desk is bringing to somebody: what is to be sent, until all of it is in. Sealed to that person:
 * nobody here opens it any more. `at`: when it was signed (seconds), `kind`: its record type. */
export interface Brought {
  readonly party: string
  readonly grant: string
  readonly drawer: string
  readonly rid: string
  readonly epoch: number
  readonly at: number
  readonly kind: string
  readonly jwe: string
  readonly files: readonly { readonly id: string; readonly h: string; readonly blob: Blob }[]
}

/** What she chose on this device. */
export interface Choices {
  lang: Lang | null
  title: string | null
  lockMinutes: number
}

interface Kept {
  key: CryptoKeyPair
  signin: UnderWay
  choices: Choices
}

/** The store of this device. */
export class Storage {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  /** Opens it; made at the first time. */
  static async open(): Promise<Storage> {
    const opening = indexedDB.open(NAME, 1)
    opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE)
    return new Storage(await done(opening))
  }

  /** What is kept under a name. */
  async get<Name extends keyof Kept>(name: Name): Promise<Kept[Name] | null> {
    return ((await done(this.#store('readonly').get(name))) as Kept[Name] | undefined) ?? null
  }

  /** Keeps a value. */
  async put<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void> {
    await done(this.#store('readwrite').put(value, name))
  }

  /** Forgets a value. */
  async drop(name: keyof Kept): Promise<void> {
    await done(this.#store('readwrite').delete(name))
  }

  /** What is known of a vault. Its pseudonym is not written down: only a hash of it. */
  async known(vlt: string): Promise<Known> {
    const found = (await done(this.#store('readonly').get(await vaultName(vlt)))) as Known | undefined
    return found ?? { ring: 0, seq: -1, lines: 0, checkpoints: {} }
  }

  /** Writes down what is known of a vault. */
  async remember(vlt: string, known: Known): Promise<void> {
    await done(this.#store('readwrite').put(known, await vaultName(vlt)))
  }

  /** What is still to be sent of this vault, or null. */
  async unfinished(vlt: string): Promise<Unfinished | null> {
    return ((await done(this.#store('readonly').get(`making ${await H(vlt)}`))) as Unfinished | undefined) ?? null
  }

  /** Keeps it until it was sent (null). */
  async setUnfinished(vlt: string, making: Unfinished | null): Promise<void> {
    const name = `making ${await H(vlt)}`
    const store = this.#store('readwrite')
    await (making === null ? done(store.delete(name)) : done(store.put(making, name)))
  }

  /** Papers on their way from this device. */
  async bringing(): Promise<readonly Brought[]> {
    return (await done(this.#store('readonly').getAll(IDBKeyRange.bound(BRINGING, `${BRINGING}~`)))) as Brought[]
  }

  /** Keeps one until all of it is in. */
  async brings(one: Brought): Promise<void> {
    await done(this.#store('readwrite').put(one, BRINGING + one.rid))
  }

  /** It is in, or it is given up. */
  async brought(rid: string): Promise<void> {
    await done(this.#store('readwrite').delete(BRINGING + rid))
  }

  /** Forgets a vault: it was erased, or moved in anew. */
  async forget(vlt: string): Promise<void> {
    await done(this.#store('readwrite').delete(await vaultName(vlt)))
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(STORE, mode).objectStore(STORE)
  }
}

async function vaultName(vlt: string): Promise<string> {
  return `vault ${await H(vlt)}`
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result)
    }
    request.onerror = () => {
      reject(request.error ?? new Error('IndexedDB'))
    }
  })
}
