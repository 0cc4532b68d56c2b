#!/usr/bin/env node
// The `tradelane` program. Also imported by `npm start`, which runs it in its own process.

import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bundledCli } from './bundle.js'

/** Resolves to the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  // The reader of the output may close it (`| head`): that must not end a gateway.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const bundled = bundledCli()
  const { runCli }: typeof import('./cli.js') = await (bundled === null ? import('./cli.js') : import(bundled))
  return await runCli(argv)
}

const entry = process.argv[1]
if (entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2))
}
