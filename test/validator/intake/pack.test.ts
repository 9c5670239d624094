import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import tar, { type Header } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { LIMITS, packFiles, unpackAgent } from '../../../validator/intake/pack.ts'
import { idlePack } from '../../support/miner.ts'
import { gzipRepeated, paxRecord, tarOf } from '../../support/tar.ts'

const MANIFEST = JSON.stringify({ name: 'a', version: '1', language: 'python', entry: 'agent.py' })

/** A gzipped tar of these entries after a manifest and an entry, whatever they are. */
async function archive(
  entries: readonly (Partial<Header> & { body?: Buffer })[],
  manifest = MANIFEST,
): Promise<Buffer> {
  const pack = tar.pack()
  pack.entry({ name: 'agent.json' }, manifest)
  pack.entry({ name: 'agent.py' }, 'def agent_main(input): return ""')
  for (const { body, ...header } of entries) pack.entry(header as Header, body ?? '')
  pack.finalize()
  return gzipSync(Buffer.concat(await Readable.from(pack as AsyncIterable<Buffer>).toArray()))
}

async function codesOf(bytes: Buffer): Promise<string[]> {
  const unpacked = await unpackAgent(bytes)
  return 'reasons' in unpacked ? unpacked.reasons.map(({ code }) => code) : []
}

describe('an archive', () => {
  test('gives back the files that were packed, and packs to the same bytes in any order', async () => {
    const name = fc
      .array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 3 })
      .map(parts => `x/${parts.join('/')}.py`)
    const files = fc.uniqueArray(
      fc.record({
        path: name,
        executable: fc.boolean(),
        content: fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
      }),
      { selector: file => file.path, maxLength: 8 },
    )
    await fc.assert(
      fc.asyncProperty(files, async list => {
        const all = [
          { path: 'agent.json', executable: false, content: Buffer.from(MANIFEST) },
          { path: 'agent.py', executable: false, content: Buffer.from('pass') },
          ...list,
        ]
        const packed = await packFiles(all)

        expect(await packFiles(all.toReversed())).toEqual(packed)
        expect(await unpackAgent(packed)).toMatchObject({
          files: all.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
        })
      }),
      { numRuns: 30 },
    )
  })

  test.each([
    { what: 'a symlink', entry: { name: 'x', type: 'symlink', linkname: '/etc/passwd' }, code: 'odd-entry' },
    { what: 'a hard link', entry: { name: 'x', type: 'link', linkname: 'agent.py' }, code: 'odd-entry' },
    { what: 'a device', entry: { name: 'x', type: 'character-device' }, code: 'odd-entry' },
    { what: 'a pipe', entry: { name: 'x', type: 'fifo' }, code: 'odd-entry' },
    { what: 'a way out', entry: { name: '../x' }, code: 'unsafe-path' },
    { what: 'a way out in the middle', entry: { name: 'a/../../x' }, code: 'unsafe-path' },
    { what: 'an absolute path', entry: { name: '/etc/x' }, code: 'unsafe-path' },
    { what: 'a backslash', entry: { name: 'a\\..\\x' }, code: 'unsafe-path' },
    { what: 'a control character', entry: { name: 'a\nb' }, code: 'unsafe-path' },
    { what: 'a name of git', entry: { name: '.git/config' }, code: 'unsafe-path' },
    { what: 'a deep path', entry: { name: `${'a/'.repeat(30)}x` }, code: 'unsafe-path' },
    { what: 'a long path', entry: { name: 'a'.repeat(600) }, code: 'unsafe-path' },
    { what: 'a name twice', entry: { name: 'agent.py' }, code: 'duplicate-name' },
    { what: 'a name in other letters', entry: { name: 'AGENT.PY' }, code: 'duplicate-name' },
    { what: 'a file below a file', entry: { name: 'agent.py/x' }, code: 'duplicate-name' },
  ])('with $what is refused: $code', async ({ entry, code }) => {
    expect(await codesOf(await archive([entry as Partial<Header>]))).toEqual([code])
  })

  test('tells several mistakes at once', async () => {
    const codes = await codesOf(
      await archive([{ name: '../x' }, { name: 'y', type: 'symlink', linkname: 'z' }]),
    )

    expect(codes).toEqual(['odd-entry', 'unsafe-path'])
  })

  const own = [
    { name: 'agent.json', content: MANIFEST },
    { name: 'agent.py', content: 'def agent_main(input): return ""' },
  ]
  const zeros = Buffer.alloc(1_000_000)

  test.each([
    {
      what: 'a path in an extended header',
      tricks: [pax('path=x/ü.py'), { name: 'short' }],
      code: undefined,
    },
    {
      what: 'a way out in an extended header',
      tricks: [pax('path=../x'), { name: 'short' }],
      code: 'unsafe-path',
    },
    { what: 'a size said twice', tricks: [pax('size=1'), { name: 'x', content: 'abc' }], code: 'odd-entry' },
    { what: 'a link said elsewhere', tricks: [pax('linkpath=/etc'), { name: 'x' }], code: 'odd-entry' },
    { what: 'a path with a zero in it', tricks: [pax('path=a\0b'), { name: 'x' }], code: 'odd-entry' },
    {
      what: 'two extended headers',
      tricks: [pax('path=a'), pax('path=b'), { name: 'x' }],
      code: 'odd-entry',
    },
    { what: 'an extended header and nothing after it', tricks: [pax('path=a')], code: 'archive-unreadable' },
    { what: 'a global header', tricks: [{ ...pax('path=a'), type: 'g' }], code: 'odd-entry' },
    {
      what: 'a long name of GNU',
      tricks: [{ name: '././@LongLink', type: 'L', content: '../x' }],
      code: 'odd-entry',
    },
    { what: 'a sparse file', tricks: [{ name: 'x', type: 'S' }], code: 'odd-entry' },
    { what: 'an unknown kind', tricks: [{ name: 'x', type: 'Z' }], code: 'odd-entry' },
    { what: 'a folder with bytes', tricks: [{ name: 'x/', type: '5', content: 'abc' }], code: 'odd-entry' },
    { what: 'a folder outside', tricks: [{ name: '../x/', type: '5' }], code: 'unsafe-path' },
    {
      what: 'a folder of slashes',
      tricks: [pax(`path=${'/'.repeat(90_000)}x`), { name: 'x/', type: '5' }],
      code: 'unsafe-path',
    },
    { what: 'a folder where a file is', tricks: [{ name: 'agent.py/', type: '5' }], code: 'duplicate-name' },
    {
      what: 'a binary size',
      tricks: [{ name: 'x', size: '\x80\0\0\0\0\0\0\0\0\0\0\x01' }],
      code: 'archive-unreadable',
    },
    { what: 'a negative size', tricks: [{ name: 'x', size: '-0000000001' }], code: 'archive-unreadable' },
    {
      what: 'a size beyond the end',
      tricks: [{ name: 'x', size: '77777777777' }],
      code: 'archive-unreadable',
    },
    { what: 'something hidden behind a name', tricks: [{ name: 'x\0/../../etc' }], code: 'odd-entry' },
    { what: 'a name that is not UTF-8', tricks: [{ name: Buffer.from([0x78, 0xff]) }], code: 'odd-entry' },
    {
      what: 'a name in decomposed letters',
      tricks: [{ name: 'u\u0308' }, { name: '\u00fc' }],
      code: 'duplicate-name',
    },
  ])('with $what: $code', async ({ tricks, code }) => {
    const bytes = gzipSync(tarOf([...own, ...tricks]))

    expect(await codesOf(bytes)).toEqual(code === undefined ? [] : [code])
  })

  test('keeps of modes only whether a file can be started', async () => {
    const bytes = gzipSync(tarOf([...own, { name: 'x', mode: '0006777\0' }]))

    expect(await unpackAgent(bytes)).toMatchObject({
      files: [{ executable: false }, { executable: false }, { path: 'x', executable: true }],
    })
  })

  test.each([
    {
      where: 'after the end of its tar',
      bytes: gzipSync(tarOf(own, Buffer.alloc(2048, 'x', 'latin1').fill(0, 0, 1024))),
    },
    { where: 'after the end of its gzip', bytes: Buffer.concat([gzipSync(tarOf(own)), Buffer.from('x')]) },
    { where: 'as a second gzip', bytes: Buffer.concat([gzipSync(tarOf(own)), gzipSync('')]) },
    { where: 'in its gzip header', bytes: withFlags(gzipSync(tarOf(own)), 8) },
    { where: 'nowhere, its end is missing', bytes: gzipSync(tarOf(own, Buffer.alloc(0))) },
    { where: 'nowhere, its checksum is wrong', bytes: withFlags(gzipSync(tarOf(own)), 0, 1) },
  ])('with something $where is refused', async ({ bytes }) => {
    expect(await codesOf(bytes)).toEqual(['archive-unreadable'])
  })

  test.each([
    { what: '200 MB of zeros', bytes: () => gzipRepeated(zeros, 200), code: 'archive-too-large' },
    {
      what: 'seven hundred thousand empty entries',
      bytes: () => gzipRepeated(manyEntries(25_000), 28),
      code: 'archive-too-large',
    },
    {
      what: 'thirty thousand empty entries',
      bytes: () => gzipSync(manyEntries(30_000)),
      code: 'too-many-files',
    },
    {
      what: 'files that are too large together',
      bytes: () => gzipSync(tarOf([...own, { name: 'x', content: Buffer.alloc(17_000_000) }])),
      code: 'archive-too-large',
    },
    { what: 'no gzip', bytes: () => Buffer.from('PK\u0003\u0004'), code: 'archive-unreadable' },
    { what: 'no tar', bytes: () => gzipSync(Buffer.from('hello '.repeat(500))), code: 'archive-unreadable' },
    { what: 'nothing', bytes: () => gzipSync(Buffer.alloc(0)), code: 'archive-unreadable' },
    { what: 'an empty tar', bytes: () => gzipSync(Buffer.alloc(1024)), code: 'archive-unreadable' },
    { what: 'too many bytes', bytes: () => Buffer.alloc(LIMITS.packedBytes + 1), code: 'size' },
  ])('of $what is refused for $code, without holding it', async ({ bytes, code }) => {
    const packed = bytes()
    const before = process.memoryUsage().rss

    expect((await codesOf(packed))[0]).toBe(code)
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })

  test.each([
    { manifest: '{', code: 'manifest' },
    { manifest: '{"name":"a"}', code: 'manifest' },
    { manifest: MANIFEST.replace('agent.py', 'other.py'), code: 'entry-missing' },
    { manifest: MANIFEST.replace('agent.py', '../agent.py'), code: 'manifest' },
  ])('with the manifest $manifest is refused: $code', async ({ manifest, code }) => {
    expect(new Set(await codesOf(await archive([], manifest)))).toEqual(new Set([code]))
  })

  test('with any byte changed is read or refused, and nothing else', async () => {
    const good = await idlePack('fuzz')
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.nat(255),
        fc.nat(good.length),
        async (at, value, length) => {
          const bytes = Buffer.from(good)
          bytes[at] = value

          for (const one of [bytes, bytes.subarray(0, length)]) {
            const unpacked = await unpackAgent(one)
            expect('reasons' in unpacked ? unpacked.reasons.length : 1).toBeGreaterThan(0)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  function manyEntries(count: number): Buffer {
    return Buffer.concat(Array<Buffer>(count).fill(tarOf([{ name: 'x' }], Buffer.alloc(0))))
  }
})

function pax(text: string): { name: string; type: string; content: string } {
  return { name: 'PaxHeader', type: 'x', content: paxRecord(text) }
}

/** A gzip file with other flags, and another checksum. */
function withFlags(bytes: Buffer, flags: number, other = 0): Buffer {
  const changed = Buffer.from(bytes)
  changed[3] = flags
  changed[changed.length - 8]! ^= other
  return changed
}
