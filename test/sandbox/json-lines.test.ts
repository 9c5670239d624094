import { expect, test } from 'vitest'
import { openJsonLines } from '../../sandbox/json-lines.ts'

test('lines are read whole, however they are cut', () => {
  const { seen, lines } = open()

  for (const byte of Buffer.from('{"a":"ü"}\n\nnot json\n[1]\n{"unfinished":')) lines(Buffer.of(byte))

  expect(seen).toEqual([{ a: 'ü' }, [1]])
})

test('a line over 20 MiB is left out, and the next one is read', () => {
  const { seen, lines } = open()

  lines(Buffer.from(`"${'x'.repeat(20 * 2 ** 20)}"\n2\n`))

  expect(seen).toEqual([2])
})

test('after 100,000 lines no more is read', () => {
  const { seen, lines } = open()

  lines(Buffer.from(`${'\n'.repeat(99_999)}1\n2\n`))
  lines(Buffer.from('3\n'))

  expect(seen).toEqual([1])
})

test.each([
  { what: 'empty lines', chunk: Buffer.alloc(4096, '\n') },
  { what: 'one line without an end', chunk: Buffer.alloc(4096, '[') },
])('$what of 32 MiB cost no more than their length', ({ chunk }) => {
  const { lines } = open()
  const start = performance.now()

  for (let sent = 0; sent < 32 * 2 ** 20; sent += chunk.length) lines(chunk)

  expect(performance.now() - start).toBeLessThan(4000)
})

function open(): { seen: unknown[]; lines: (chunk: Uint8Array) => void } {
  const seen: unknown[] = []
  return { seen, lines: openJsonLines(value => void seen.push(value)) }
}
