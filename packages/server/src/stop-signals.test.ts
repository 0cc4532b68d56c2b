// In a process of its own: signals are the whole process's.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'

const WAITING = `
  import { catchStopSignals } from ${JSON.stringify(new URL('./stop-signals.js', import.meta.url).href)}
  const signals = catchStopSignals()
  const alive = setInterval(() => {}, 1000)
  signals.first.then(name => console.log('first', name))
  signals.second.then(name => {
    console.log('second', name)
    clearInterval(alive)
    signals.release()
  })
  console.log('ready')`

const quick: readonly (readonly [about: string, signals: readonly NodeJS.Signals[], first: string])[] = [
  ['the Ctrl-C of the terminal and that of npm', ['SIGINT', 'SIGINT'], 'SIGINT'],
  ['a burst of Ctrl-C', ['SIGINT', 'SIGINT', 'SIGINT', 'SIGINT'], 'SIGINT'],
  ['Ctrl-C and SIGTERM together', ['SIGTERM', 'SIGINT'], 'SIGTERM'],
]

for (const [about, signals, first] of quick) {
  test(`${about} is one signal, a later one the second`, async () => {
    const child = startWaiting()
    await child.said('ready')
    for (const signal of signals) {
      child.kill(signal)
      await sleep(40)
    }
    await child.said(`first ${first}`)
    await sleep(650 - 40 * signals.length)
    assert.ok(!child.output().includes('second'))
    child.kill('SIGTERM')
    assert.equal(await child.ended, 0)
    assert.deepEqual(child.output().trim().split('\n'), ['ready', `first ${first}`, 'second SIGTERM'])
  })
}

test('after release a signal does what it always did', async () => {
  const child = startWaiting(`${WAITING}\nsignals.release()\nconsole.log('released')`)
  await child.said('released')
  child.kill('SIGTERM')
  assert.equal(await child.ended, 'SIGTERM')
})

function startWaiting(source: string = WAITING): {
  kill(signal: NodeJS.Signals): void
  output(): string
  said(line: string): Promise<void>
  ended: Promise<number | NodeJS.Signals | null>
} {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 8_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  return {
    kill: signal => void child.kill(signal),
    output: () => output,
    said: async line => {
      while (!output.includes(line)) {
        assert.ok(child.exitCode === null && child.signalCode === null, `it ended without ${line}: ${output}`)
        await sleep(5)
      }
    },
    ended: new Promise(resolve => child.once('close', (code, signal) => resolve(code ?? signal))),
  }
}

async function sleep(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms))
}
