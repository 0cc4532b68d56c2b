// A program that imports the worker entry and prints, as JSON, every module that came with it: ES modules as a loader hook
// saw them, CommonJS ones and addons from the cache of `require`. A process of its own, so that nothing else is in the list.

import assert from 'node:assert/strict'
import { createRequire, register } from 'node:module'
import { MessageChannel } from 'node:worker_threads'

const HOOK = `
let port
export function initialize(data) { port = data }
export function load(url, context, next) { port.postMessage(url); return next(url, context) }
`
const loaded: string[] = []
const { port1, port2 } = new MessageChannel()
port1.on('message', (url: string) => loaded.push(url))
register(`data:text/javascript,${encodeURIComponent(HOOK)}`, { data: port2, transferList: [port2] })

// The entry refuses to run in a main thread, but only after its imports are loaded; then what it loads later.
await assert.rejects(import('../worker.js'), /worker thread of the supervisor/)
await import('../start-l2.js')
// The hooks live in a thread of their own: give their last message time to arrive.
await new Promise(resolve => setTimeout(resolve, 100))
port1.close()
process.stdout.write(JSON.stringify([...loaded, ...Object.keys(createRequire(import.meta.url).cache)]))
