// SPDX-License-Identifier: EUPL-1.2
// Build step for styles: of the design system's packages only what a screen really uses is shipped.
//
// The token package alone is 190 kB, of which we need a few. A rule goes when each of its selectors names an `nl-` or
// `utrecht-` class that no source file mentions; a custom property goes when nothing left asks for it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// What this needs of PostCSS, which comes with Vite: no package of its own.
interface Node {
  type: string
  selectors?: string[]
  selector?: string
  prop?: string
  value?: string
  nodes?: Node[]
  parent?: Node
  remove(): void
}
interface Root extends Node {
  walkRules(each: (rule: Node) => void): void
  walkDecls(each: (decl: Node) => void): void
  walkAtRules(each: (rule: Node) => void): void
  walkComments(each: (comment: Node) => void): void
}

const CLASS = /(?:nl|utrecht)-[a-z0-9_-]+/g
const ASKED = /var\(\s*(--[\w-]+)/g

function mentioned(folder: string): Set<string> {
  const found = new Set<string>()
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf-8')
    for (const [name] of text.matchAll(CLASS)) found.add(name)
  }
  return found
}

function unused(selector: string, used: ReadonlySet<string>): boolean {
  const classes = [...selector.matchAll(/\.((?:nl|utrecht)-[a-z0-9_-]+)/g)].map((match) => match[1] ?? '')
  // `:not(.nl-button--disabled)` names a class that must be absent: that is no reason to go.
  const absent = new Set([...selector.matchAll(/:not\([^)]*\)/g)].flatMap((match) => [...match[0].matchAll(CLASS)].map(([name]) => name)))
  return classes.some((name) => !used.has(name) && !absent.has(name))
}

function asked(value: string): string[] {
  return [...value.matchAll(ASKED)].map((match) => match[1] ?? '')
}

/** A PostCSS plugin. `source`: the folder whose .ts and .tsx files name the classes in use. */
export function prune(source: string) {
  return {
    postcssPlugin: 'kluisje-prune',
    OnceExit(root: unknown) {
      const css = root as Root
      const used = mentioned(source)
      css.walkComments((comment) => comment.remove())
      css.walkRules((rule) => {
        if (rule.selectors?.every((selector) => unused(selector, used))) rule.remove()
      })
      keepAskedFor(css)
      for (let left = 1; left > 0; ) {
        left = 0
        const empty = (rule: Node) => {
          if (rule.nodes?.length === 0) {
            rule.remove()
            left += 1
          }
        }
        css.walkRules(empty)
        css.walkAtRules(empty)
      }
    },
  }
}

function keepAskedFor(css: Root): void {
  const wants = new Set<string>()
  const given = new Map<string, string[]>()
  css.walkDecls(({ prop = '', value = '' }) => {
    if (prop.startsWith('--')) given.set(prop, [...(given.get(prop) ?? []), ...asked(value)])
    else for (const name of asked(value)) wants.add(name)
  })
  for (const name of wants) for (const further of given.get(name) ?? []) wants.add(further) // a Set grows while walked
  css.walkDecls((decl) => {
    if (decl.prop?.startsWith('--') && !wants.has(decl.prop)) decl.remove()
  })
}
