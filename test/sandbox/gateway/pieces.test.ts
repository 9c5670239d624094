import { expect, test } from 'vitest'
import { Pieces } from '../../../sandbox/gateway/pieces.ts'

test('pieces of any size are put together in their order', () => {
  const pieces = new Pieces()

  for (const text of ['', 'a', 'bc', '', 'defghijk', 'l']) pieces.add(Buffer.from(text))

  expect([pieces.join().toString(), pieces.length]).toEqual(['abcdefghijkl', 12])
})

test('small pieces of large memories hold no more than themselves', () => {
  const pieces = new Pieces()
  const before = process.memoryUsage().arrayBuffers

  for (let count = 0; count < 4000; count++) pieces.add(Buffer.alloc(2 ** 16).subarray(0, 1))
  globalThis.gc?.()

  expect(pieces.length).toBe(4000)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 2 ** 20)
})
