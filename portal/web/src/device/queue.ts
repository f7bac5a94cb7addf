// SPDX-License-Identifier: EUPL-1.2
/** One work at a time, in the order asked: one draft of the chain, one keyring. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work)
    this.#last = next.catch(() => undefined)
    return next
  }
}
