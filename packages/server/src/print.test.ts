import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { printError, printLine } from './print.js'

afterEach(() => mock.restoreAll())

for (const [line, shown] of [
  ['plain text', 'plain text'],
  ['ws://host/?token=abc: closed', 'ws://host/?token=(set): closed'],
  ['{"url":"wss://host/?a=1&token=abc.d~e&b=2"}', '{"url":"wss://host/?a=1&token=(set)&b=2"}'],
  ['ws://a/?token=x, ws://b/?token=y', 'ws://a/?token=(set), ws://b/?token=(set)'],
  ['http://user:secret@host/tail', 'http://(set)@host/tail'],
  ['a@b, http://host/@x', 'a@b, http://host/@x'],
] as const) {
  test(`"${line}" is printed as "${shown}"`, () => {
    const written: string[] = []
    for (const stream of [process.stdout, process.stderr]) {
      mock.method(stream, 'write', (text: string) => written.push(text) > 0)
    }
    printLine(line)
    printError(line)
    mock.restoreAll()
    assert.deepEqual(written, [`${shown}\n`, `tradelane: ${shown}\n`])
  })
}
