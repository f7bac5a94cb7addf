// SPDX-License-Identifier: EUPL-1.2
// One immutable bundle into portal/static. Same source, same bytes: names come from contents, nothing from the
// machine, the moment or the folder. Whatever the page loads later carries its hash, so no preload helper is needed.
import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'
import { integrity } from './integrity.ts'
import { prune } from './prune.ts'
import { words } from './words.ts'

export default defineConfig({
  plugins: [preact({ devToolsEnabled: false }), words(), integrity()],
  base: '/',
  publicDir: 'public',
  css: { postcss: { plugins: [prune('src')] } },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: ['chrome111', 'firefox128', 'safari16.4'],
    assetsInlineLimit: 0, // an inlined asset would be a data: address, which the page's rules refuse
    modulePreload: false, // a preload would not carry the hash that the import map gives an import
    sourcemap: false,
    reportCompressedSize: true,
  },
})
