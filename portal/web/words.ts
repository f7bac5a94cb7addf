// SPDX-License-Identifier: EUPL-1.2
// Build step: reads src/words/*.json (ICU), refuses what is missing or unknown, and turns each language into a small
// tree that src/words/say.ts prints. No parser is shipped.
//
// A key or argument that one language lacks, a key nobody wrote in English, a message that is no ICU: the build stops.
// It also writes src/words/keys.ts: each key with its arguments, so that TypeScript finds a wrong call.
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/** text | [0, argument] | [1, argument, {case: parts}] (plural) | [2] (the number itself) */
type Part = string | [0, string] | [1, string, Record<string, Part[]>] | [2]
type Arguments = Map<string, 'number' | 'text'>

const YOUNG = '_young' // the same, shorter, for who is 12 to 15
const DESK = 'desk.' // loaded at the desk only: a language of its own, `nl-desk`
const FOR = 'desk.for.' // what the desk calls otherwise

/** One message as parts; what it asks for is added to `needs`. Throws for anything but texts, arguments, plurals. */
function compiled(elements: MessageFormatElement[], needs: Arguments): Part[] {
  return elements.map((one): Part => {
    if (one.type === TYPE.literal) return one.value
    if (one.type === TYPE.pound) return [2]
    if (one.type === TYPE.argument) {
      if (!needs.has(one.value)) needs.set(one.value, 'text')
      return [0, one.value]
    }
    if (one.type !== TYPE.plural || one.offset !== 0 || one.pluralType !== 'cardinal') throw new Error('only texts, arguments and plain plurals')
    needs.set(one.value, 'number')
    const cases = Object.entries(one.options).map(([name, option]) => [name, compiled(option.value, needs)])
    return [1, one.value, Object.fromEntries(cases) as Record<string, Part[]>]
  })
}

interface Language {
  readonly messages: Record<string, Part[]>
  readonly needs: Map<string, Arguments>
}

function read(path: string): Language {
  const texts = JSON.parse(readFileSync(path, 'utf-8')) as Record<string, string>
  const messages: Record<string, Part[]> = {}
  const needs = new Map<string, Arguments>()
  for (const [key, text] of Object.entries(texts)) {
    const asks: Arguments = new Map()
    try {
      messages[key] = compiled(parse(text), asks)
    } catch (error) {
      throw new Error(`${path}: ${key}: ${String(error)}`)
    }
    needs.set(key, asks)
  }
  return { messages, needs }
}

/** What one language has and the other lacks, as lines; none: they say the same things. */
export function differences(languages: ReadonlyMap<string, Language>): string[] {
  const found: string[] = []
  const [first, ...others] = [...languages]
  if (!first) return ['no language']
  const [name, words] = first
  for (const [other, its] of others) {
    for (const key of words.needs.keys()) if (!its.needs.has(key)) found.push(`${other}: ${key} is missing`)
    for (const [key, asks] of its.needs) {
      const expected = words.needs.get(key)
      if (!expected) found.push(`${name}: ${key} is missing`)
      else if ([...asks.keys()].sort().join() !== [...expected.keys()].sort().join())
        found.push(`${other}: ${key} has other arguments than ${name}`)
    }
  }
  for (const [key, asks] of words.needs) {
    if (!key.endsWith(YOUNG)) continue
    const whole = words.needs.get(key.slice(0, -YOUNG.length))
    if (!whole) found.push(`${key} shortens nothing`)
    else if ([...asks.keys()].some((argument) => !whole.has(argument))) found.push(`${key} has arguments of its own`)
  }
  for (const [key, asks] of words.needs) {
    if (!key.startsWith(FOR)) continue
    const whole = words.needs.get(key.slice(FOR.length))
    if (!whole) found.push(`${key} stands for nothing`)
    else if ([...asks.keys()].some((argument) => !whole.has(argument))) found.push(`${key} has arguments of its own`)
  }
  return found
}

function keys(words: Language): string {
  const rows = [...words.needs].filter(([key]) => !key.endsWith(YOUNG) && !key.startsWith(FOR)).map(([key, asks]) => {
    const members = [...asks].map(([name, kind]) => `${name}: ${kind === "number" ? "number" : "string | number"}`)
    return `  ${JSON.stringify(key)}: [${members.length ? `{ ${members.join("; ")} }` : ""}];`
  })
  const head = '// SPDX-License-Identifier: EUPL-1.2\n// Written by words.ts: each text with its arguments.\n'
  return `${head}export interface Words {\n${rows.join("\n")}\n}\n`
}

/** The Vite plugin: `import("virtual:words/nl")` is a language, ready to print; `nl-desk` its words for the desk. */
export function words(): Plugin {
  const prefix = 'virtual:words/'
  let languages = new Map<string, Language>()
  return {
    name: 'kluisje-words',
    configResolved(config) {
      const folder = join(config.root, 'src', 'words')
      const files = readdirSync(folder).filter((name) => name.endsWith('.json')).sort().reverse() // nl leads
      languages = new Map(files.map((name) => [name.slice(0, -5), read(join(folder, name))]))
      const wrong = differences(languages)
      if (wrong.length) throw new Error(`words:\n  ${wrong.join("\n  ")}`)
      const leading = languages.get('nl')
      if (!leading) throw new Error('words: nl.json is missing')
      const path = join(folder, 'keys.ts')
      const text = keys(leading)
      let there = ''
      try {
        there = readFileSync(path, 'utf-8')
      } catch {
        // not written yet
      }
      if (there !== text) writeFileSync(path, text)
    },
    resolveId(id) {
      return id.startsWith(prefix) ? `\0${id}` : undefined
    },
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined
      const [name = '', part] = id.slice(prefix.length + 1).split('-')
      const language = languages.get(name)
      if (!language) throw new Error(`words: no language ${id}`)
      const own = Object.entries(language.messages).filter(([key]) => key.startsWith(DESK) === (part === 'desk'))
      const short = own.map(([key, parts]) => [key, parts.length === 1 && typeof parts[0] === 'string' ? parts[0] : parts])
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(Object.fromEntries(short)))});`
    },
  }
}
