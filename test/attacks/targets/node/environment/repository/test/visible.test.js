import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrice } from '../src/pricing.js'

test('cents', () => {
  assert.equal(parsePrice('1.25'), 125)
})
