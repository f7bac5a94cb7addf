// SPDX-License-Identifier: EUPL-1.2
// What is published, as the desk needs it: the directory's word of the own team, and the catalogue. Checked before it is told.
import type { Listing } from '../formats/listing.ts'
import type { Directory } from '../device/directory.ts'
import { seconds } from '../device/http.ts'
import type { Category, Purpose, Schema } from '../device/shapes.ts'
import { OfSeat } from './seat.ts'
import { type ToldStatement, type ToldTeam, type ToldVersion, get, items } from './server.ts'
import type { Listed, ListedTeam, Said, Version } from './shapes.ts'
import { saidOf, teamsOf, versionsOf } from './stating.ts'

type Stated = Awaited<ReturnType<Directory['team']>>

/** Directory and catalogue, for one team. */
export class Register extends OfSeat {
  /** The name of the own team in the directory. */
  teamName = ''
  /** As what this team asks, by the directory; "" while that says none. */
  role = ''

  /** How the own team is shown, as the directory signed it; null while nothing was signed. */
  listing: Listing | null = null

  /** The directory's newest word of the own team, checked. */
  async learns(): Promise<Stated> {
    const stated = await this.directory.learn(this.party, await get<ToldTeam>(`/organisations/${this.party}`))
    this.teamName = stated.name
    this.listing = stated.listing
    this.role = stated.listing?.role ?? ''
    return stated
  }

  /** What this team may ask, to read or to bring: the newest version of each purpose, in the order of the catalogue. */
  async purposes(): Promise<readonly Purpose[]> {
    await this.learns()
    const all = [...(await this.directory.purposes()).values()].filter((one) => !one.recalled)
    const name = (uri: string) => uri.slice(0, uri.lastIndexOf(':'))
    const version = (uri: string) => Number(uri.slice(uri.lastIndexOf(':') + 1))
    const newest = all.filter((one) => !all.some((other) => name(other.uri) === name(one.uri) && version(other.uri) > version(one.uri)))
    return this.role === '' ? newest : newest.filter((one) => one.roles.includes(this.role))
  }

  /** All purposes, recalled and old ones too. */
  async catalogue(): Promise<readonly Purpose[]> {
    return [...(await this.directory.purposes()).values()]
  }

  categories(): Promise<readonly Category[]> {
    return this.directory.categories()
  }

  schemas(): Promise<ReadonlyMap<string, Schema>> {
    return this.directory.schemas()
  }

  /** The directory's word of the own team, checked. */
  async listed(): Promise<Listed> {
    const told = await get<ToldTeam>(`/organisations/${this.party}`)
    const { name, listing } = await this.directory.learn(this.party, told)
    return { team: told.team, name, listing, suspended: told.suspended, counts: seconds(told.countsFrom) }
  }

  /** All that the directory said of the own team, newest first: what waits, what counts, what was replaced. */
  async said(): Promise<readonly Said[]> {
    return saidOf(this.party, await items<ToldStatement>(`/organisations/${this.party}/statements`), this.pins)
  }

  /** All teams of the directory, by name. */
  async teams(): Promise<{ readonly teams: readonly ListedTeam[]; readonly wrong: number }> {
    return teamsOf(await items<ToldTeam>('/organisations'), this.pins)
  }

  /** The versions of the rules, newest first. */
  async versions(): Promise<readonly Version[]> {
    return versionsOf(await items<ToldVersion>('/catalogue-versions'), this.pins)
  }

  /** How the team wants to be shown, as a file for the directory, which signs it or not. */
  proposal(face: { readonly role: string; readonly name: string; readonly address: string; readonly contact: string }): Blob {
    return new Blob([JSON.stringify({ party: this.party, ...face }, null, 1)], { type: 'application/json' })
  }

  /** The same, asked once. */
  async learnsOnce(): Promise<Stated> {
    return this.teamName === '' ? this.learns() : this.directory.team(this.party)
  }

  /** As what this team asks for a purpose. */
  roleFor(purpose: Purpose): string {
    return this.role === '' ? (purpose.roles[0] ?? '') : this.role
  }
}
