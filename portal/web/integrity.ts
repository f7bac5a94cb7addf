// SPDX-License-Identifier: EUPL-1.2
// Build step: no script runs without its hash. The entry, its sheet and the chunks named in the page carry SHA-384; the
// import map carries that of every other chunk, so a lazy import of changed bytes fails too. `bundle.json` lists all
// files: the server starts with exactly those, and the service worker keeps exactly those.
//
// The import map is the one inline script; its SHA-256 goes into the content security policy (portal/guarding.py).
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { Plugin } from 'vite'

const LIST = 'bundle.json'
const PAGE = 'index.html'
const WORKER = 'sw.js'
const HEAD_ENDS = '</head>'
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
  const mapped = `${hashed.slice(0, first)}<script type="importmap">${map}</script>\n    ${hashed.slice(first)}`
  return { page: mapped.replace(HEAD_ENDS, `  ${THEME}\n  ${HEAD_ENDS}`), map }
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
          input: { index: join(own.root ?? '.', PAGE), sw: join(own.root ?? '.', 'src/sw.ts') },
          output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? WORKER : 'assets/[name]-[hash].js') },
        },
      },
    }),
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    writeBundle() {
      const read = (name: string): Buffer => readFileSync(join(folder, name))
      const hashes = (): Map<string, string> => new Map(files(folder).map((name) => [name, sha(read(name), 384)]))
      const { page, map } = guarded(read(PAGE).toString(), hashes())
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
