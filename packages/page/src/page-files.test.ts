import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readPageFiles } from './page-files.js'

/** Of all files together, compressed. */
const BYTES_MAX = 250_000

const files = readPageFiles()

test('the page is small', () => {
  const bytes = files.reduce((sum, file) => sum + gzipSync(file.bytes).length, 0)
  assert.ok(bytes > 20_000, `${bytes} bytes are no page`)
  assert.ok(bytes < BYTES_MAX, `${bytes} bytes`)
})

test('the page is made of files of its own, and nothing in it is inline', () => {
  const page = files.find(({ path }) => path === '/')
  assert.ok(page !== undefined)
  const html = page.bytes.toString()
  const named = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url = '']) => url)
  assert.ok(named.length >= 3)
  for (const url of named)
    assert.ok(
      files.some(({ path, isImmutable }) => path === url && isImmutable),
      url,
    )
  assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/)
  for (const { path, bytes } of files.filter(({ path }) => /\.(css|svg)$/.test(path))) {
    assert.doesNotMatch(bytes.toString(), /url\(|@import/, path)
  }
})

test('a folder without a page has no files', () => {
  assert.deepEqual(readPageFiles('/nonexistent'), [])
})
