import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePrice } from '/app/src/pricing.js'

test('with cents', () => {
  assert.strictEqual(parsePrice('19.99'), 1999)
})

test('without cents', () => {
  assert.strictEqual(parsePrice('20'), 2000)
})

test('one digit', () => {
  assert.deepStrictEqual([parsePrice('3.5')], [350])
})

test('too many digits', () => {
  assert.throws(() => parsePrice('1.999'), RangeError)
})
