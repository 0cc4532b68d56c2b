// The product's version, from the manifest of this package. A packaged program also has the commit that it was made from.

import { readFileSync } from 'node:fs'

export function productVersion(): string {
  return readManifest().version
}

/** With the commit, where it is known: `0.1.0 (1b7fd9af0c3e)`. */
export function versionText({ version, commit }: Manifest = readManifest()): string {
  return commit ? `${version} (${commit})` : version
}

interface Manifest {
  readonly version: string
  readonly commit?: string | null
}

function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
}
