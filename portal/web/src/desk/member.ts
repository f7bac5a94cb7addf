// SPDX-License-Identifier: EUPL-1.2
// A caseworker at a desk, on this device: the one door for the desk's screens. Keys are the member's own; the team's key
// is here only while it is unlocked, opened from the copy that a colleague made. Mirrors kluisje/organisation.py.
//
//     const fatima = await Member.begin(await readSettings())
//     await fatima.opens(code)
//     const asked = await fatima.casework.asks(composed)
//     await fatima.reading.looks(grant)
//
import type { Settings } from '../device/shapes.ts'
import { Administering } from './administering.ts'
import { Answering } from './answering.ts'
import { Casework } from './casework.ts'
import { Depositing } from './depositing.ts'
import { type Here, Holding, here } from './holding.ts'
import { Reading } from './reading.ts'
import { Register } from './register.ts'
import type { Seat } from './seat.ts'

/** One member on one device. Sign-in, own keys and locking are `Holding`'s; each kind of work has a part of its own. */
export class Member extends Holding {
  readonly register: Register
  readonly administering: Administering
  readonly casework: Casework
  readonly reading: Reading
  readonly depositing: Depositing
  readonly answering: Answering

  /** Reads who is signed in, and what this device remembers. Raises Unavailable or Offline. */
  static async begin(settings: Settings): Promise<Member> {
    const made = new Member(await here(settings))
    await made.hasVault()
    return made
  }

  constructor(given: Here) {
    super(given)
    const { pins, directory } = this
    const seat: Seat = { pins, directory, party: () => this.party, name: () => this.name, unlocked: () => this.unlocked, comesUp: () => this.comesUp() }
    this.register = new Register(seat)
    this.administering = new Administering(seat)
    this.casework = new Casework(seat, this.register)
    this.reading = new Reading(seat)
    this.depositing = new Depositing(seat, given.storage)
    this.answering = new Answering(seat, this.casework)
  }

  /** Forgets the keys and all that was opened. */
  override locks(): void {
    this.reading.forgets()
    super.locks()
  }

  /** How this member stands: `none` is not let in yet, `waits` has no copy of the team's key, `works` can do everything. */
  get standing(): 'none' | 'waits' | 'works' | 'administrator' {
    const { team } = this.unlocked
    if (team.administers) return 'administrator'
    if (!team.mine) return 'none'
    return team.ready ? 'works' : 'waits'
  }

  get keeper(): boolean {
    return this.open && this.unlocked.team.mine?.role === 'keeper'
  }

  /** Four words for the own keys. */
  ownWords(): Promise<string> {
    return this.unlocked.team.ownWords()
  }

  /** Thumbprint of the own signing key: what a first administrator hands to who runs the desk. */
  get ownThumbprint(): string {
    return this.unlocked.keys.sig.jwk.kid
  }
}
