// SPDX-License-Identifier: EUPL-1.2
// Another municipality's rules beside ours. The desk's server compares, with the code of the command line (formats/rules.py),
// and prepares what is taken over; whoever owns the rules looks at it again and signs. Nothing counts by what stands here.
import { b64u, isObject, unb64u } from '../formats/spelling.ts'
import type { Lang } from '../device/shapes.ts'
import { send } from './server.ts'

/** Our package and theirs, as zips, and the file by which their signature is checked. */
export interface Packages {
  readonly mine: File
  readonly theirs: File
  readonly key: File
}

/** What taking over would change about ours. `more`: it asks or allows more of a person than ours. */
export interface Comparison {
  readonly ours: number
  readonly party: string
  readonly version: number
  readonly changes: readonly { readonly what: string; readonly said: string; readonly more: boolean }[]
  readonly purposes: readonly { readonly name: string; readonly title: string }[]
}

async function wire({ mine, theirs, key }: Packages) {
  const text = async (file: File) => b64u(new Uint8Array(await file.arrayBuffer()))
  let jwk: unknown = null
  try {
    jwk = JSON.parse(await key.text())
  } catch {
    // the server says the same of no key as of a wrong one
  }
  return { mine: await text(mine), theirs: await text(theirs), key: isObject(jwk) ? jwk : {} }
}

/** What differs, in words. */
export async function compares(packages: Packages, lang: Lang): Promise<Comparison> {
  return send<Comparison>('POST', '/rule-comparisons', { ...(await wire(packages)), lang })
}

/** Our package with these purposes of theirs, for its owner to sign; and what was written in it. */
export async function prepares(packages: Packages, purposes: readonly string[]): Promise<{ readonly file: Blob; readonly written: readonly string[] }> {
  const made = await send<{ package: string; written: string[] }>('POST', '/rule-take-overs', { ...(await wire(packages)), purposes })
  return { file: new Blob([unb64u(made.package)], { type: 'application/zip' }), written: made.written }
}
