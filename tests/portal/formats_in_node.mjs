// SPDX-License-Identifier: EUPL-1.2
// Runs the checks of frozen.mjs in Node, over the portal's formats whose types Node itself strips. Arguments come
// by environment: FORMATS, the folder of the modules; VECTORS, the folder of tests/vectors.
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { checks } from './frozen.mjs'

const { FORMATS, VECTORS } = process.env
const f = {}
for (const name of await readdir(FORMATS)) {
  if (name.endsWith('.ts')) f[path.parse(name).name] = await import(pathToFileURL(path.join(FORMATS, name)))
}
const load = async (name) => JSON.parse(await readFile(path.join(VECTORS, `${name}.json`), 'utf-8'))

load.words = async () => (await readFile(path.join(VECTORS, '..', '..', 'formats', 'words_nl.txt'), 'utf-8')).trim().split(/\s+/)

for (const [what, check] of checks) test(what, () => check(f, load))
