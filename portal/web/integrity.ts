// SPDX-License-Identifier: EUPL-1.2
// Build step: no script runs without its hash. The entry, its sheet and the chunks named in the page carry SHA-384; the
// import map carries that of every other chunk, so a lazy import of changed bytes fails too. `bundle.json` lists all
// files: the server starts with exactly those, and the service worker keeps exactly those.
//
// The import map is the one inline script; its SHA-256 goes into the content security policy (portal/guarding.py).
//
// On a thin line each wait for an answer counts. So the name is painted with a sheet of a few lines (src/styles/first.css);
// the whole sheet stands below it, which holds up the scripts but not that first picture; and what the entry imports, and
// the words of most people, are asked for together with it, not after it.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { Plugin } from 'vite'

const LIST = 'bundle.json'
const PAGE = 'index.html'
const WORKER = 'sw.js'
const HEAD_ENDS = '</head>'
const BODY_ENDS = '</body>'
const FIRST = 'src/styles/first.css'
const SHEET = /\n? *<link rel="stylesheet"[^>]*>/ // the whole one, as Vite puts it
const WORDS = 'virtual:words/nl'
const THEME = '<link rel="stylesheet" href="/theme.css">' // the municipality's, after ours; no part of the bundle
const FILES = 'BUNDLE_FILES' // the list, as src/sw.ts calls it

const sha = (bytes: Buffer | string, bits: 256 | 384): string =>
  `sha${String(bits)}-${createHash(`sha${String(bits)}`).update(bytes).digest('base64')}`

/** All files under a folder, by their path with slashes, in the order of their names. */
function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => name !== LIST)
    .sort()
}

/** The page with its sheets in the order of their need, and the scripts that are asked for at once. `first`: the first
 * sheet; `soon`: those scripts. */
function ordered(page: string, first: string, soon: readonly string[]): string {
  const sheet = SHEET.exec(page)?.[0]
  if (sheet === undefined || !page.includes(BODY_ENDS)) throw new Error('integrity: the page has no sheet, or no body')
  const links = [`<link rel="stylesheet" href="/${first}">`, THEME, ...soon.map((name) => `<link rel="modulepreload" crossorigin href="/${name}">`)]
  return page
    .replace(sheet, '')
    .replace(HEAD_ENDS, `${links.map((link) => `  ${link}\n  `).join('')}${HEAD_ENDS}`)
    .replace(BODY_ENDS, `  ${sheet.trim()}\n  ${BODY_ENDS}`)
}

/** What a chunk imports before it runs, and what that imports, in the order of their asking. */
function imported(name: string, chunks: readonly { readonly fileName: string; readonly imports: readonly string[] }[]): Set<string> {
  const found = new Set([name])
  for (const one of found) for (const next of chunks.find((chunk) => chunk.fileName === one)?.imports ?? []) found.add(next) // a Set grows while walked
  found.delete(name)
  return found
}

/** The page with hashes on all that it loads, and its import map as text. Throws for a script that it cannot hash. */
export function guarded(page: string, hashes: ReadonlyMap<string, string>): { page: string; map: string } {
  const integrity = Object.fromEntries([...hashes].filter(([name]) => /^assets\/.*\.js$/.test(name)).map(([name, hash]) => [`/${name}`, hash]))
  const map = JSON.stringify({ imports: {}, integrity })
  const hashed = page.replace(/<(script|link)\b([^>]*?)\b(src|href)="\/([^"]+)"([^>]*)>/g, (whole, tag: string, before: string, name: string, path: string, after: string) => {
    const hash = hashes.get(path)
    if (hash !== undefined) return `<${tag}${before}${name}="/${path}" integrity="${hash}"${after}>`
    if (tag === 'script' || /\brel="modulepreload"/.test(whole)) throw new Error(`integrity: no such script /${path}`)
    return whole
  })
  if ((hashed.match(/<script\b/g) ?? []).length !== 1) throw new Error('integrity: the page has one script, its entry')
  if (!hashed.includes(HEAD_ENDS)) throw new Error('integrity: the page has no head')
  const first = hashed.search(/<script\b|<link rel="modulepreload"/)
  return { page: `${hashed.slice(0, first)}<script type="importmap">${map}</script>\n    ${hashed.slice(first)}`, map }
}

/** The Vite plugin; it also builds the service worker, which lies at /sw.js under its plain name. */
export function integrity(): Plugin {
  let folder = ''
  return {
    name: 'kluisje-integrity',
    apply: 'build',
    config: (own) => ({
      build: {
        rolldownOptions: {
          input: { index: join(own.root ?? '.', PAGE), first: join(own.root ?? '.', FIRST), sw: join(own.root ?? '.', 'src/sw.ts') },
          output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? WORKER : 'assets/[name]-[hash].js') },
        },
      },
    }),
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    writeBundle(_, bundle) {
      const read = (name: string): Buffer => readFileSync(join(folder, name))
      const hashes = (): Map<string, string> => new Map(files(folder).map((name) => [name, sha(read(name), 384)]))
      const chunks = Object.values(bundle).filter((one) => one.type === 'chunk')
      const entry = chunks.find((one) => one.isEntry && one.name === 'index')
      const words = chunks.find((one) => one.moduleIds.some((id) => id.endsWith(WORDS)))
      const sheet = files(folder).find((name) => /^assets\/first-.*\.css$/.test(name))
      if (!entry || !words || sheet === undefined) throw new Error('integrity: no entry, no words or no first sheet')
      const soon = [...imported(entry.fileName, chunks), words.fileName]
      const { page, map } = guarded(ordered(read(PAGE).toString(), sheet, soon), hashes())
      writeFileSync(join(folder, PAGE), page)
      const kept = Object.fromEntries([...hashes()].filter(([name]) => name !== WORKER))
      const worker = read(WORKER).toString()
      if (!worker.includes(FILES) || /\b(import|export)\b/.test(worker)) throw new Error('integrity: sw.js must stand alone')
      writeFileSync(join(folder, WORKER), `const ${FILES}=${JSON.stringify(kept)};\n${worker}`)
      const list = { format: 1, importMap: sha(map, 256), files: Object.fromEntries(hashes()) }
      writeFileSync(join(folder, LIST), `${JSON.stringify(list, null, 1)}\n`)
    },
  }
}
