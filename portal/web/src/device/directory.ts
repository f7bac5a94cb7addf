// SPDX-License-Identifier: EUPL-1.2
// The public catalogue and directory of an installation: purposes, drawers, record types, and whose key is whose. A key
// counts only with the directory's pinned signature and 72 hours in the log; a purpose's text only with its own hash.
// Mirrors kluisje/directory.py.
import type { Author, Body, Record } from '../formats/authorship.ts'
import { FormatError, H, type PublicJwk, refuse } from '../formats/spelling.ts'
import { NotProven, Refused, Unfit } from './errors.ts'
import { type Given, call, now } from './http.ts'
import { type LoggedStatement, type Pins, checkListing, checkOrganisationKeys } from './proofs.ts'
import type { Asker, Category, Lang, Purpose, Schema, Words } from './shapes.ts'

/** A purpose as the catalogue tells it. */
interface ToldPurpose extends Omit<Purpose, 'uri' | 'texts'> {
  readonly id: string
  readonly texts: readonly { readonly lang: Lang; readonly text: string; readonly hash: string }[]
}

/** Looks things up at `<origin>/consent/v1`, public, and keeps what was proven. The desk names its own server, which
 * passes on what is published, and what goes along with each call (`given`). */
export class Directory {
  readonly #base: string
  readonly #given: Given
  readonly #pins: Pins
  readonly #teams = new Map<string, Asker>()
  readonly #vaults = new Map<string, (at: number) => PublicJwk>()
  #purposes: Promise<ReadonlyMap<string, Purpose>> | null = null
  #categories: Promise<readonly Category[]> | null = null
  #schemas: Promise<ReadonlyMap<string, Schema>> | null = null

  constructor(pins: Pins, base = `${pins.origin}/consent/v1`, given: Given = {}) {
    this.#base = base
    this.#given = given
    this.#pins = pins
  }

  /** The keys of an organisation or team. NotProven when they do not check; Refused when nobody knows it. */
  async team(party: string): Promise<Asker> {
    const known = this.#teams.get(party)
    if (known && known.iat <= now() && now() < known.exp) return known
    const answer = await call('GET', `${this.#base}/organisations/${party}`, this.#given)
    return this.learn(party, await answer.json<LoggedStatement>())
  }

  /** Takes an organisation's keys from an answer that carries them with their proof. */
  async learn(party: string, logged: LoggedStatement): Promise<Asker> {
    try {
      const found = await checkOrganisationKeys(logged, this.#pins, party, now())
      const listing = await checkListing(logged.listing, this.#pins, party, now())
      const asker = { ...found, name: listing?.name ?? shortTeam(party), listing, suspended: logged.suspended }
      this.#teams.set(party, asker)
      return asker
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new NotProven('organisation', `the keys of ${party} are not proven`)
    }
  }

  /** The name of a team as shown: as the directory signed it, else its own short one. Never fails. */
  async teamName(party: string): Promise<string> {
    try {
      return (await this.team(party)).name
    } catch {
      return shortTeam(party)
    }
  }

  /** Whose records `vault:<vlt>` signs: a function from second to public SIG, from a checked card. */
  learnVault(party: string, sigAt: (at: number) => PublicJwk): void {
    this.#vaults.set(party, sigAt)
  }

  /** The signing key of a party at a moment: what opening asks. */
  readonly author: Author = async (party, at) => {
    const vault = this.#vaults.get(party)
    if (vault) return vault(at)
    if (party.startsWith('vault:')) refuse('author')
    const known = await this.team(party)
    return known.iat <= at && at < known.exp ? known.sig : refuse('author')
  }

  /** What `opening` opens. FormatError when it does not open. */
  opened(opening: (author: Author) => Promise<Record>): Promise<Record> {
    return opening(this.author)
  }

  // -- the catalogue -----------------------------------------------------------------------------------------

  /** All purposes by URI, recalled ones too: an old grant still names its own. */
  purposes(): Promise<ReadonlyMap<string, Purpose>> {
    return (this.#purposes ??= this.#once(async () => {
      const { items } = await (await call('GET', `${this.#base}/purposes`, this.#given)).json<{ items: ToldPurpose[] }>()
      return new Map(await Promise.all(items.map(purposeOf)))
    }, () => (this.#purposes = null)))
  }

  /** A purpose by its URI. */
  async purpose(uri: string): Promise<Purpose> {
    const found = (await this.purposes()).get(uri)
    if (!found) throw new Refused('not-found', `The catalogue has no purpose ${uri}.`, 404)
    return found
  }

  /** The kinds of drawers, in the order of the catalogue. */
  categories(): Promise<readonly Category[]> {
    return (this.#categories ??= this.#once(async () => {
      const { items } = await (await call('GET', `${this.#base}/drawers`, this.#given)).json<{ items: Category[] }>()
      return items
    }, () => (this.#categories = null)))
  }

  /** All record types by URI. */
  schemas(): Promise<ReadonlyMap<string, Schema>> {
    return (this.#schemas ??= this.#once(async () => {
      const answer = await call('GET', `${this.#base}/schemas`, this.#given)
      const { items } = await answer.json<{ items: (Omit<Schema, 'document'> & { document: string })[] }>()
      return new Map(items.map((one) => [one.id, { ...one, document: JSON.parse(one.document) as Schema['document'] }]))
    }, () => (this.#schemas = null)))
  }

  /** H of a yes/no question as it is shown: the `h` of an answer. */
  async questionHash(uri: string, lang: Lang): Promise<string> {
    for (const purpose of (await this.purposes()).values()) {
      const item = purpose.items.find((one) => one.kind === 'answer' && one.ref === uri)
      if (item) return H(item.title[lang])
    }
    throw new Unfit('not-asked', uri)
  }

  /** The one record type whose members `body` fits. Unfit when none or several do: then name it. */
  async schemaFor(body: Body): Promise<string> {
    const names = Object.keys(body)
    const fitting = [...(await this.schemas()).values()].filter(({ document }) => {
      const known = Object.keys((document.properties ?? {}))
      const required = (document.required ?? []) as readonly string[]
      return required.every((name) => names.includes(name)) && names.every((name) => known.includes(name))
    })
    const [one, ...more] = fitting
    if (!one || more.length) throw new Unfit('schema', `${fitting.length} record types fit`)
    return one.id
  }

  /** What was fetched once; a failure is not kept. */
  async #once<T>(fetching: () => Promise<T>, forget: () => void): Promise<T> {
    try {
      return await fetching()
    } catch (error) {
      forget()
      throw error
    }
  }
}

async function purposeOf({ id, texts, ...told }: ToldPurpose): Promise<[string, Purpose]> {
  const shown: { [lang: string]: { text: string; hash: string } } = {}
  for (const { lang, text, hash } of texts) {
    if ((await H(text)) !== hash) throw new NotProven('purpose', `the text of ${id} is not the one that was signed`)
    shown[lang] = { text, hash }
  }
  return [id, { ...told, uri: id, texts: shown as Purpose['texts'] }]
}

/** `jeugdteam-zuid` of `urn:oin:…:team:jeugdteam-zuid`. */
function shortTeam(party: string): string {
  return party.split(':').at(-1) ?? party
}

/** The same words in both languages, where the catalogue has none. */
export function plain(text: string): Words {
  return { nl: text, en: text }
}
