// `npm start`: makes the workspace ready, then runs Tradelane in this very process, so that Ctrl-C reaches it directly.
// Without flags it is the demo, simulated venues and gateway; with --live the real venues. Other flags pass through.

import { prepare } from './prepare.mjs'

const flags = process.argv.slice(2)
const command = flags.includes('--live') ? 'serve' : 'demo'

if (await prepare()) {
  process.setSourceMapsEnabled(true)
  const { main } = await import('../packages/server/dist/main.js')
  process.exitCode = await main([command, ...flags.filter(flag => flag !== '--live')])
} else {
  process.exitCode = 1
}
