import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openClip } from '../../agent-runtime/clip.ts'

test('what fits is whole', () => {
  expect(clip(10, ['01234', '56789'])).toBe('0123456789')
})

test('of more, the first and the last half are kept', () => {
  expect(clip(10, ['begin', 'x'.repeat(90), '-last'])).toBe('begin\n[… 90 bytes left out …]\n-last')
})

test('nothing is nothing', () => {
  expect(clip(10, [])).toBe('')
  expect(clip(10, ['', ''])).toBe('')
})

test('however it comes in, the beginning and the end are right and every byte is counted', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 30 })),
      fc.integer({ min: 2, max: 40 }),
      (chunks, limit) => {
        const whole = chunks.join('')
        const half = Math.floor(limit / 2)

        const clipped = clip(limit, chunks)

        const gap = whole.length - 2 * half
        expect(clipped).toBe(
          gap <= 0
            ? whole
            : `${whole.slice(0, half)}\n[… ${gap} bytes left out …]\n${whole.slice(whole.length - half)}`,
        )
      },
    ),
  )
})

test('a flood in small pieces is taken quickly', () => {
  const { add, bytes } = openClip(2 ** 16)
  const piece = Buffer.alloc(16, 'x')
  const start = performance.now()

  for (let count = 0; count < 500_000; count++) add(piece)

  expect(bytes().length).toBeLessThan(2 ** 16 + 100)
  expect(performance.now() - start).toBeLessThan(3000)
})

function clip(limit: number, chunks: readonly string[]): string {
  const { add, bytes } = openClip(limit)
  for (const chunk of chunks) add(Buffer.from(chunk))
  return bytes().toString()
}
