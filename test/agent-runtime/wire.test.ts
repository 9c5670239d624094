import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Command, encodeFrame, openFrameReader } from '../../agent-runtime/wire.ts'

const LIMITS = { maxHeaderBytes: 1000, maxBodyBytes: 1000 }
const Frame = fc.record({
  header: fc.record({
    kind: fc.constant('remember' as const),
    id: fc.nat(),
    root: fc.string({ maxLength: 50 }),
  }),
  body: fc.uint8Array({ maxLength: 100 }).map(bytes => Buffer.from(bytes)),
})

test('frames cut anywhere come back as they were', () => {
  fc.assert(
    fc.property(fc.array(Frame, { maxLength: 6 }), fc.array(fc.nat(1500)), (frames, cuts) => {
      const read = openFrameReader(LIMITS)
      const bytes = Buffer.concat(frames.map(frame => encodeFrame(frame.header, frame.body)))

      const got = pieces(bytes, cuts).flatMap(read)

      expect(got).toEqual(frames)
    }),
  )
})

test('frames come as soon as they are whole, byte by byte', () => {
  const read = openFrameReader(LIMITS)
  const command: Command = { kind: 'kill', id: 7 }
  const bytes = encodeFrame(command, Buffer.from('body'))

  const counts = [...bytes].map(byte => read(Buffer.from([byte])).length)

  expect(counts).toEqual([...Array(bytes.length - 1).fill(0), 1])
})

test.each([
  { header: 1001, body: 0 },
  { header: 0, body: 1001 },
  { header: 2 ** 32 - 1, body: 2 ** 32 - 1 },
])('a frame that announces $header + $body bytes is refused before they come', ({ header, body }) => {
  const read = openFrameReader(LIMITS)

  expect(() => read(prefix(header, body))).toThrow(RangeError)
})

test('a frame of just the limit is taken', () => {
  const read = openFrameReader(LIMITS)

  expect(read(encodeFrame({ kind: 'kill', id: 1 }, Buffer.alloc(1000)))).toHaveLength(1)
})

test('a header that is not JSON is refused', () => {
  const read = openFrameReader(LIMITS)

  expect(() => read(Buffer.concat([prefix(3, 0), Buffer.from('{"x')]))).toThrow(SyntaxError)
})

test('whatever comes, only those two are thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      try {
        openFrameReader(LIMITS)(Buffer.from(bytes))
      } catch (error) {
        expect([RangeError, SyntaxError]).toContain((error as Error).constructor)
      }
    }),
  )
})

function prefix(header: number, body: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(header, 0)
  bytes.writeUInt32BE(body, 4)
  return bytes
}

function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [
    0,
    ...cuts.filter(cut => cut < bytes.length).toSorted((one, other) => one - other),
    bytes.length,
  ]
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place))
}
