// SPDX-License-Identifier: EUPL-1.2
// Keeps the bundle on this device by the service worker (src/sw.ts), and tells when the server has another one.

/** `newer` is called when another bundle waits: the one that runs goes on. `start` begins the other one, and the page
 * loads anew; a screen offers it only as a choice. Does nothing in a browser without service workers. */
export async function keepsTheBundle(newer: (start: () => Promise<void>) => void): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  const container = navigator.serviceWorker
  container.addEventListener('message', (event: MessageEvent<unknown>) => {
    const told = event.data
    if (typeof told !== 'object' || told === null || !('bundle' in told) || typeof told.bundle !== 'string') return
    const bundle = told.bundle
    newer(async () => {
      await (await caches.open('chosen')).put(`/${bundle}`, new Response(null))
      container.addEventListener('controllerchange', () => {
        location.reload()
      })
      await (await container.getRegistration())?.update()
    })
  })
  try {
    await container.register(url('/sw.js') as string, { updateViaCache: 'none' })
    container.startMessages()
  } catch {
    // Refused or switched off in this browser: the page works without.
  }
}

interface Policies {
  createPolicy(name: 'sw', rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): unknown }
}

/** The address as the page's rules want it (Trusted Types): only this one, only here. */
function url(address: '/sw.js'): unknown {
  const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes
  if (!policies) return address
  const rules = {
    createScriptURL: (given: string): string => {
      if (given !== '/sw.js') throw new Error('not our worker')
      return given
    },
  }
  return policies.createPolicy('sw', rules).createScriptURL(address)
}
