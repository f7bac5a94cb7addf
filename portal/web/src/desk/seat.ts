// SPDX-License-Identifier: EUPL-1.2
// What each part of a member's work at the desk stands on.
import type { Directory } from '../device/directory.ts'
import type { Pins } from '../device/proofs.ts'
import type { Unlocked } from './holding.ts'

/** A member, as far as the parts need one. Asked anew each time: a sign-in ends, keys are locked. */
export interface Seat {
  readonly pins: Pins
  readonly directory: Directory
  party(): string
  name(): string
  unlocked(): Unlocked
  comesUp(): Promise<void>
}

/** A part of a member's work. */
export class OfSeat {
  readonly #seat: Seat

  constructor(seat: Seat) {
    this.#seat = seat
  }

  protected get pins(): Pins {
    return this.#seat.pins
  }

  protected get directory(): Directory {
    return this.#seat.directory
  }

  /** The own team: `urn:oin:…:team:…`. */
  protected get party(): string {
    return this.#seat.party()
  }

  /** The name that colleagues and those who are asked see. */
  protected get name(): string {
    return this.#seat.name()
  }

  /** Keys and team. Locked while they are not open. */
  protected get unlocked(): Unlocked {
    return this.#seat.unlocked()
  }

  /** Reads the team anew: who is in it, whether its key is here. */
  protected comesUp(): Promise<void> {
    return this.#seat.comesUp()
  }
}
