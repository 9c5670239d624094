import fs from 'node:fs'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import tar, { type Header } from 'tar-stream'
import { describe, expect, test } from 'vitest'
import { loadPacked } from '../../../validator/intake/load-packed.ts'
import { LIMITS, packFiles, unpackAgent } from '../../../validator/intake/pack.ts'
import { idlePack, packOf } from '../../support/miner.ts'

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
    const path = fc
      .array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 3 })
      .map(parts => `x/${parts.join('/')}.py`)
    const files = fc.uniqueArray(
      fc.record({
        path,
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

    expect(codes).toEqual(['unsafe-path', 'odd-entry'])
  })

  test.each([
    { what: '200 MB of zeros', bytes: () => gzipSync(Buffer.alloc(200_000_000)), code: 'archive-too-large' },
    { what: 'a million empty entries', bytes: () => gzipSync(manyEntries(30_000)), code: 'too-many-files' },
    { what: 'no gzip', bytes: () => Buffer.from('PK\u0003\u0004'), code: 'archive-unreadable' },
    { what: 'no tar', bytes: () => gzipSync(Buffer.from('hello '.repeat(500))), code: 'archive-unreadable' },
    { what: 'nothing', bytes: () => gzipSync(Buffer.alloc(0)), code: 'archive-unreadable' },
    { what: 'too many bytes', bytes: () => Buffer.alloc(LIMITS.packedBytes + 1), code: 'size' },
  ])('of $what is refused for $code', async ({ bytes, code }) => {
    expect(await codesOf(bytes())).toContain(code)
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
    const header = Buffer.alloc(512)
    header.write('x')
    header.write('000644 \0', 100)
    header.write('00000000000\0', 124)
    header.write('        ', 148)
    header.write('0', 156)
    header.write('ustar\u000000', 257)
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    )
    return Buffer.concat(Array(count).fill(header))
  }
})

describe('a packed agent', () => {
  test('is ready for sandboxes', async () => {
    expect(await loadPacked(await idlePack('x'))).toMatchObject({
      kind: 'program',
      manifest: { name: 'tester', language: 'python' },
      entry: 'agent.py',
    })
  })

  test.each([
    {
      what: 'a file of the host by its path',
      source: "import x from '/etc/passwd'\nexport const solve = () => x",
    },
    {
      what: 'a file above the folder',
      source: "import x from '../../etc/passwd'\nexport const solve = () => x",
    },
    {
      what: 'a file that is not there',
      source: "import x from './missing.ts'\nexport const solve = () => x",
    },
    { what: 'no code', source: 'this is {{ no code' },
  ])('that imports $what is refused, and its folder is gone', async ({ source }) => {
    const before = folders()
    const loaded = await loadPacked(
      await packOf({ 'agent.ts': source }, { language: 'typescript', entry: 'agent.ts' }),
    )

    expect(loaded).toMatchObject({ mistakes: [expect.stringContaining('agent.ts')] })
    expect(JSON.stringify(loaded)).not.toContain('root:')
    expect(folders()).toEqual(before)
  })

  test('reads no settings of the miner', async () => {
    const loaded = await loadPacked(
      await packOf(
        {
          'agent.ts': "import x from 'secret'\nexport const solve = () => x",
          'tsconfig.json': '{"compilerOptions":{"paths":{"secret":["/etc/passwd"]}}}',
          'package.json': '{"imports":{"secret":"/etc/passwd"}}',
        },
        { language: 'typescript', entry: 'agent.ts' },
      ),
    )

    expect(loaded).toMatchObject({ mistakes: [expect.stringContaining('secret')] })
  })

  function folders(): string[] {
    return fs.readdirSync('/tmp').filter(name => name.startsWith('arete-agent-'))
  }
})
