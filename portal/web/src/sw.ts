// SPDX-License-Identifier: EUPL-1.2
// The service worker: keeps the bundle, never an answer. What a device has once started it goes on with; another bundle
// starts only after a person chose it. A tripwire, no wall: a device that comes for the first time believes the host, and a
// browser lets each new worker decide for itself, so one that was changed on purpose would not ask.
//
// Meant is: a new bundle starts by itself when it stands in the witnessed log. No log publishes bundles yet, so none
// does: until then each new one is "not looked at yet" (docs/known-weaknesses.md).

/** Path -> SHA-384 of every file of this bundle but this one. Written before this script by integrity.ts. */
declare const BUNDLE_FILES: Readonly<Record<string, string>>

// What this needs of a service worker; the whole library of types clashes with that of a page.
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface Fetching extends Lasting {
  readonly request: Request
  respondWith(answer: Promise<Response>): void
}
interface Scope {
  readonly location: Location
  readonly registration: { readonly active: unknown }
  readonly clients: { matchAll(of: { includeUncontrolled: boolean }): Promise<readonly { postMessage(told: unknown): void }[]> }
  skipWaiting(): Promise<void>
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void
}

const scope = globalThis as unknown as Scope

const CHOSEN = 'chosen'

async function name(): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(BUNDLE_FILES))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return `bundle-${[...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Fetches every file by its hash. The browser refuses other bytes, and then this bundle is not kept. */
async function keep(cache: Cache): Promise<void> {
  await Promise.all(
    Object.entries(BUNDLE_FILES).map(async ([file, integrity]) => {
      const path = file === 'index.html' ? '/' : `/${file}`
      const answer = await fetch(path, { integrity, cache: 'no-cache', credentials: 'omit' })
      if (!answer.ok) throw new Error('not there')
      await cache.put(path, answer)
    }),
  )
}

async function install(): Promise<void> {
  const own = await name()
  if (scope.registration.active) {
    const chosen = await (await caches.open(CHOSEN)).match(`/${own}`)
    if (!chosen) {
      for (const page of await scope.clients.matchAll({ includeUncontrolled: true })) page.postMessage({ bundle: own })
      throw new Error('not chosen')
    }
  }
  await keep(await caches.open(own))
  await scope.skipWaiting()
}

async function activate(): Promise<void> {
  const own = await name()
  for (const other of await caches.keys()) if (other !== own) await caches.delete(other)
}

async function answer(request: Request, path: string): Promise<Response> {
  const kept = await (await caches.open(await name())).match(path)
  return kept ?? fetch(request)
}

scope.addEventListener('install', (event) => {
  event.waitUntil(install())
})
scope.addEventListener('activate', (event) => {
  event.waitUntil(activate())
})
scope.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (url.origin !== scope.location.origin || event.request.method !== 'GET') return
  const path = url.pathname
  if (path === '/' || path.slice(1) in BUNDLE_FILES) event.respondWith(answer(event.request, path))
})

export {}
