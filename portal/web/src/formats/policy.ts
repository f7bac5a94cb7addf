// SPDX-License-Identifier: EUPL-1.2
// Which log keys and witnesses are trusted, and how many must have signed: a tlog-policy (C2SP). Checkpoints found good
// are remembered by their text, bounded. Mirrors formats/policy.py.
import { type Checkpoint, LOG, type Vkey, WITNESS, readDecimal, readVkey, verifyNote } from './checkpoint.ts'
import { refuse } from './spelling.ts'

const MAX_POLICY = 65_536 // characters

interface Group {
  readonly least: number
  readonly members: readonly string[]
}

/** Pinned log keys, witnesses and groups by name, and the name of the quorum (null: no witness is asked). */
export class LogPolicy {
  readonly #logs: ReadonlyMap<string, Vkey>
  readonly #witnesses: ReadonlyMap<string, Vkey>
  readonly #groups: ReadonlyMap<string, Group>
  readonly #quorum: string | null
  readonly #verified = new Map<string, Promise<Checkpoint>>()

  constructor(
    logs: ReadonlyMap<string, Vkey>,
    witnesses: ReadonlyMap<string, Vkey>,
    groups: ReadonlyMap<string, Group>,
    quorum: string | null,
  ) {
    if (!logs.size || [...logs].some(([origin, key]) => origin !== key.name || key.kind !== LOG)) refuse('policy')
    if ([...witnesses.values()].some((key) => key.kind !== WITNESS)) refuse('policy')
    // One key under two names would count twice.
    const keys = new Set([...witnesses.values()].map((key) => key.key.join()))
    if (keys.size !== witnesses.size) refuse('policy')
    this.#logs = logs
    this.#witnesses = witnesses
    this.#groups = groups
    this.#quorum = quorum
  }

  /** Whether witnesses are asked at all. */
  get asksWitnesses(): boolean {
    return this.#quorum !== null
  }

  /** A checkpoint signed by the pinned key of its origin. Its signatures are checked once, then remembered. */
  checkpoint(note: string): Promise<Checkpoint> {
    let found = this.#verified.get(note)
    if (!found) {
      if (this.#verified.size > 500) this.#verified.clear()
      found = verifyNote(note, this.#logs.values(), this.#witnesses.values())
      this.#verified.set(note, found)
    }
    return found
  }

  /** Whether the quorum has cosigned it. */
  isWitnessed(found: Checkpoint): boolean {
    return this.#quorum === null || this.#satisfied(this.#quorum, found)
  }

  /** A checkpoint that the quorum has cosigned too. */
  async witnessed(note: string): Promise<Checkpoint> {
    const found = await this.checkpoint(note)
    return this.isWitnessed(found) ? found : refuse('quorum')
  }

  #satisfied(name: string, found: Checkpoint): boolean {
    const witness = this.#witnesses.get(name)
    if (witness) return found.witnesses.has(witness.text)
    const group = this.#groups.get(name) ?? refuse('policy')
    return group.members.filter((member) => this.#satisfied(member, found)).length >= group.least
  }
}

/** A tlog-policy file. Names are used after the line that makes them, so groups cannot go round in a circle. */
export async function readPolicy(text: unknown): Promise<LogPolicy> {
  if (typeof text !== 'string' || text.length > MAX_POLICY) refuse('policy')
  const logs = new Map<string, Vkey>(), witnesses = new Map<string, Vkey>(), groups = new Map<string, Group>()
  const grouped = new Set<string>(), quorums: string[] = []
  const known = (name: string) => witnesses.has(name) || groups.has(name)
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [word, ...rest] = line.trim().startsWith('#') ? [] : line.trim().split(/\s+/).filter(Boolean)
    const [name = '', second = '', ...members] = rest
    if (word === undefined) continue
    if (word === 'log' && rest.length >= 1 && rest.length <= 2) {
      const key = await readVkey(name)
      if (logs.has(key.name)) refuse('policy')
      logs.set(key.name, key)
    } else if (word === 'witness' && rest.length >= 2 && rest.length <= 3 && !known(name) && name !== 'none') {
      witnesses.set(name, await readVkey(second))
    } else if (word === 'group' && members.length && !known(name) && name !== 'none') {
      if (new Set(members).size !== members.length || !members.every(known)) refuse('policy')
      if (members.some((member) => grouped.has(member))) refuse('policy') // counted in one group only, as C2SP asks
      for (const member of members) grouped.add(member)
      const least = second === 'any' ? 1 : second === 'all' ? members.length : readDecimal(second)
      if (least < 1 || least > members.length) refuse('policy')
      groups.set(name, { least, members })
    } else if (word === 'quorum' && rest.length === 1 && (known(name) || name === 'none')) {
      quorums.push(name)
    } else {
      refuse('policy')
    }
  }
  const [quorum, ...more] = quorums
  if (quorum === undefined || more.length) refuse('policy')
  return new LogPolicy(logs, witnesses, groups, quorum === 'none' ? null : quorum)
}
