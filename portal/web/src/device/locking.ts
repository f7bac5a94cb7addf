// SPDX-License-Identifier: EUPL-1.2
// Locks by itself when nobody used it for a while. A sleeping device runs no timers: so the time is compared again as
// soon as the page is seen.
export const LOCK_MINUTES = 10

/** The lock of one opened vault. */
export class Lock {
  readonly #close: () => void
  #last = 0
  #ticking: ReturnType<typeof setInterval> | null = null
  minutes = LOCK_MINUTES

  constructor(close: () => void) {
    this.#close = close
  }

  /** The vault was opened: the time begins. */
  start(): void {
    this.staysAwake()
    this.#ticking ??= setInterval(this.#look, 1_000)
    document.addEventListener('visibilitychange', this.#look)
  }

  /** The vault was locked. */
  stop(): void {
    if (this.#ticking !== null) clearInterval(this.#ticking)
    this.#ticking = null
    document.removeEventListener('visibilitychange', this.#look)
  }

  /** Somebody is there. */
  staysAwake(): void {
    this.#last = Date.now()
  }

  /** Seconds left. A clock that was set back locks too: nobody knows how long it was. */
  get left(): number {
    const gone = Date.now() - this.#last
    return gone < 0 ? 0 : Math.max(0, Math.ceil(this.minutes * 60 - gone / 1_000))
  }

  readonly #look = (): void => {
    if (this.#ticking !== null && this.left === 0) this.#close()
  }
}
