// In a process of its own, because signals reach a whole process, and with a clock that the test moves.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'

/** Prints each signal that it has handled; a number on standard input moves its clock by so many ms. */
const WAITING = `
  import { catchStopSignals } from ${JSON.stringify(new URL('./stop-signals.js', import.meta.url).href)}
  let nowMs = 0
  const signals = catchStopSignals(() => nowMs)
  signals.first.then(name => console.log('first', name))
  signals.second.then(name => {
    console.log('second', name)
    process.stdin.destroy()
    signals.release()
  })
  const names = ['SIGINT', 'SIGTERM']
  for (const name of names) process.on(name, () => console.log('handled', name))
  process.stdin.on('data', ms => {
    nowMs += Number(ms)
    console.log('clock', nowMs)
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
    await child.prints('ready')
    const expected = ['ready']
    for (const [index, signal] of signals.entries()) {
      child.kill(signal)
      expected.push(`handled ${signal}`)
      if (index === 0) expected.push(`first ${first}`)
      await child.prints(expected.join('\n'))
    }
    for (const clockMs of [500, 501]) {
      child.advance(clockMs === 500 ? 500 : 1)
      expected.push(`clock ${clockMs}`)
      await child.prints(expected.join('\n'))
      child.kill('SIGTERM')
      expected.push('handled SIGTERM')
      await child.prints(expected.join('\n'))
    }
    assert.equal(await child.ended, 0)
    assert.deepEqual(child.output().trim().split('\n'), [...expected, 'second SIGTERM'])
  })
}

test('after release a signal has its usual effect', async () => {
  const child = startWaiting(`${WAITING}
    signals.release()
    for (const name of names) process.removeAllListeners(name)
    console.log('released')`)
  await child.prints('released')
  child.kill('SIGTERM')
  assert.equal(await child.ended, 'SIGTERM')
})

test('after release a signal that follows another one ends the process with its exit code, one that follows two as usual', async () => {
  for (const [signalCount, end] of [
    [1, 7],
    [2, 'SIGTERM'],
  ] as const) {
    const child = startWaiting(`${WAITING}
      process.exitCode = 7
      setInterval(() => {}, 1_000)
      const latest = ${signalCount} === 1 ? signals.first : signals.second
      latest.then(() => {
        signals.release()
        for (const name of names) process.off(name, process.listeners(name)[0])
        console.log('released')
      })`)
    await child.prints('ready')
    child.kill('SIGTERM')
    await child.prints('first SIGTERM')
    if (signalCount === 2) {
      child.advance(501)
      await child.prints('clock 501')
      child.kill('SIGTERM')
    }
    await child.prints('released')
    child.kill('SIGTERM')
    assert.equal(await child.ended, end)
  }
})

function startWaiting(source: string = WAITING): {
  kill(signal: NodeJS.Signals): void
  advance(ms: number): void
  output(): string
  /** Resolves when its output contains this text. */
  prints(text: string): Promise<void>
  ended: Promise<number | NodeJS.Signals | null>
} {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  return {
    kill: signal => void child.kill(signal),
    output: () => output,
    advance: ms => void child.stdin.write(String(ms)),
    prints: async text => {
      while (!output.includes(text)) {
        assert.ok(child.exitCode === null && child.signalCode === null, `exited without ${text}: ${output}`)
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    },
    ended: new Promise(resolve => child.once('close', (code, signal) => resolve(code ?? signal))),
  }
}
