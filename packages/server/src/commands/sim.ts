// `tradelane sim`: the simulated venues, in a process of their own. Started by `demo` it exits when its parent does.

import { manyPairs } from '@tradelane/venue-sim/market/many-instruments'
import type { Simulator } from '@tradelane/venue-sim/simulator'
import { PRODUCT_IDS } from '../instrument-choice.js'
import { printBeside, printError, printLine } from '../print.js'
import type { SimMessage, SimOptions } from '../sim-options.js'
import { catchStopSignals } from '../stop-signals.js'

const HOST = '127.0.0.1'
/** Three pairs on each product. */
const DEFAULT_INSTRUMENTS = 3 * PRODUCT_IDS.length

export async function sim(options: SimOptions): Promise<number> {
  // Ctrl-C reaches a whole process group; as a child, this process leaves the decision to its parent.
  const isChild = process.send !== undefined
  const signals = catchStopSignals()
  const orphaned = new Promise<void>(resolve => process.once('disconnect', resolve))
  try {
    const simulator = await start(options)
    process.send?.({ type: 'listening', port: simulator.port } satisfies SimMessage)
    printLine(`Simulated venues on ws://${HOST}:${simulator.port} (${describe(options)})`)
    await (isChild ? orphaned : signals.first)
    await simulator.close()
    return 0
  } catch (error) {
    const message = describeError(error, options)
    process.send?.({ type: 'failed', message } satisfies SimMessage)
    // A parent reports it to its own user.
    if (!isChild) printError(message)
    return 1
  } finally {
    signals.release()
    if (process.connected) process.disconnect()
  }
}

async function start(options: SimOptions): Promise<Simulator> {
  const { port, scenario, l2Rate, tradeRate, seed, journal, timeScale, instruments, capture, speed, restamp } = options
  // Standard output of a child is not shown; what goes wrong must be.
  const common = { host: HOST, port, log: process.send === undefined ? printLine : printBeside }
  if (capture !== undefined) {
    const { startCaptureReplay } = await import('@tradelane/venue-sim/capture-replay')
    return await startCaptureReplay({ ...common, files: capture, speed, restamp })
  }
  const { startSimulator } = await import('@tradelane/venue-sim/simulator')
  return await startSimulator({
    ...common,
    scenario,
    seed,
    timeScale,
    instruments: manyPairs(instruments ?? DEFAULT_INSTRUMENTS, PRODUCT_IDS.length),
    hasSender: true,
    ...(l2Rate === undefined ? {} : { l2Rate }),
    ...(tradeRate === undefined ? {} : { tradeRate }),
    ...(journal === undefined ? {} : { journal }),
  })
}

function describe({ scenario, seed, capture, instruments }: SimOptions): string {
  if (capture !== undefined) return `captures ${capture.join(', ')}`
  return `scenario ${scenario}, seed ${seed}${instruments === undefined ? '' : `, ${instruments} instruments`}`
}

function describeError(error: unknown, { port }: SimOptions): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE' ? `the simulator's port ${HOST}:${port} is in use; choose another` : String(message)
}
