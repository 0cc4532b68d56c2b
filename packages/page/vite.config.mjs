// Builds the page into `site/`: one HTML file, its script, its style sheet and the script of its workers. Everything is a file of
// its own, because the page's Content-Security-Policy allows nothing inline.

import { readFileSync } from 'node:fs'
import { defineConfig } from 'vite'

/** The page shows what it compares with. */
const NAIVE = new URL('../server/src/naive/naive-fan-out.ts', import.meta.url)

export default defineConfig({
  root: 'src',
  base: '/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  define: { NAIVE_SOURCE: JSON.stringify(readFileSync(NAIVE, 'utf8')) },
  worker: { format: 'es' },
  build: {
    outDir: '../site',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})
