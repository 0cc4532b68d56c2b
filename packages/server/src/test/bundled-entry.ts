// Threads from the bundle where there is one of these files, as the program starts them: loading two hundred modules for each
// thread takes most of the time of a test that starts several.

import { bundledCli } from '../bundle.js'
import { threadEntryOf } from '../thread-starts.js'
import type { ThreadSpec } from '../topology.js'

const cli = bundledCli()

export const bundledEntryOf: typeof threadEntryOf = (options, thread) => {
  const entry = threadEntryOf(options, thread)
  return cli === null ? entry : { ...entry, file: new URL(`./${nameOf(thread)}.js`, cli) }
}

/** As scripts/bundle.mjs names the entry. */
function nameOf({ agents }: ThreadSpec): string {
  const [only] = agents
  return agents.length === 1 && only !== undefined ? only.kind : 'shared'
}
