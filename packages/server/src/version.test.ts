import assert from 'node:assert/strict'
import { test } from 'node:test'
import { productVersion, versionText } from './version.js'

test('the version has the commit where the manifest has one', () => {
  assert.match(productVersion(), /^\d+\.\d+\.\d+$/)
  assert.equal(versionText({ version: '1.2.3', commit: '0123456789ab' }), '1.2.3 (0123456789ab)')
  assert.equal(versionText({ version: '1.2.3', commit: null }), '1.2.3')
  assert.equal(versionText(), productVersion())
})
