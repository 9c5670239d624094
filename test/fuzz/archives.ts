import { Readable } from 'node:stream'
import fc from 'fast-check'
import { joinFiles, splitFiles, unpackFolder } from '../../sandbox/archive.ts'
import { anyText, bytesOf } from './mutate.ts'
import { must, target } from './target.ts'

interface TarEntry {
  readonly name: string
  readonly type: string
  readonly link: string
  readonly content: string
  /** What the header says of the size, if it lies. */
  readonly size: string | null
}

interface Case {
  readonly entries: readonly TarEntry[]
  readonly flips: readonly { readonly at: number; readonly byte: number }[]
  /** Bytes that never come. */
  readonly missing: number
  readonly chunk: number
  readonly cut: 0 | 1
  readonly maxBytes: number
}

const names = [
  'f',
  'f/a',
  'f/b',
  'f/d/',
  './f/c',
  '/f/a',
  'f/../a',
  'f/../../a',
  'f/d/..',
  'f//a',
  'f/./a',
  '../a',
  'f/\n',
  '',
  'f/link/x',
]
const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: anyText })
const octal = fc.constantFrom(
  '77777777777',
  '00000000777',
  '-0000000001',
  '        \0   ',
  'zzzzzzzzzzz',
  '\x80\0\0\0\0\0\0\0\0\0\0\xff',
  '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
)
const paxText = fc.constantFrom(
  '20 path=f/../../../x\n',
  '14 size=999999999\n',
  '11 size=-1\n',
  '12 size=1e9\n',
  '99999 path=x\n',
  '0 path=x\n',
  '-5 path=x\n',
  '18 __proto__=path\n',
  '25 GNU.sparse.size=99999\n',
  '13 path=f/p\n',
  'x',
)
const entry: fc.Arbitrary<TarEntry> = fc.record({
  name,
  type: fc.oneof(
    { weight: 4, arbitrary: fc.constant('0') },
    {
      weight: 4,
      arbitrary: fc.constantFrom('1', '2', '5', '7', '\0', '3', '4', '6', 'x', 'g', 'L', 'K', 'S', 'Z'),
    },
  ),
  link: name,
  content: fc.oneof(fc.string({ maxLength: 20 }), fc.constant('y'.repeat(600)), paxText),
  size: fc.oneof({ weight: 15, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: octal }),
})

/** A tar of a stranger's image: never a path outside, never more bytes than allowed, never without an end. */
export const archive = target<Case>({
  name: 'archive',
  short: 300,
  cases: fc.record({
    entries: fc.array(entry, { maxLength: 8 }),
    flips: fc.array(fc.record({ at: fc.nat(6000), byte: fc.nat(255) }), { maxLength: 1 }),
    missing: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3000) }),
    chunk: fc.constantFrom(1, 100, 512, 65_536),
    cut: fc.constantFrom(0, 1),
    maxBytes: fc.constantFrom(0, 10, 700, 100_000),
  }),
  async check(one) {
    let files: Awaited<ReturnType<typeof unpackFolder>>
    try {
      files = await unpackFolder(Readable.from(chunksOf(one)), one.maxBytes, one.cut)
    } catch (error) {
      must(error instanceof Error && error.message !== '', 'It fails without a reason')
      return
    }
    const total = files.entries.reduce((sum, { size }) => sum + size, 0)
    must(total === files.body.length, 'Sizes and bytes differ', total, files.body.length)
    must(total <= one.maxBytes, 'It holds more than allowed', total)
    must(files.entries.length <= one.entries.length, 'There are more entries than in the archive')
    for (const { path, mode } of files.entries) {
      must(
        path.split('/').every(part => !['', '.', '..'].includes(part)) && !path.includes('\0'),
        'A path leads outside',
        path,
      )
      must(mode >= 0 && mode <= 0o777, 'A mode has more than permissions', mode)
    }
  },
})

interface FilesCase {
  readonly files: readonly { readonly path: string; readonly mode: number; readonly content: string }[]
}

/** Joined files come apart as they were. */
export const files = target<FilesCase>({
  name: 'files',
  short: 300,
  cases: fc.record({
    files: fc.array(fc.record({ path: anyText, mode: fc.nat(0o777), content: fc.string() }), {
      maxLength: 6,
    }),
  }),
  check({ files: wanted }) {
    const joined = joinFiles(wanted.map(one => ({ ...one, content: bytesOf(one.content) })))
    const parts = [...splitFiles(joined)].map(({ entry: { path, mode }, content }) => ({
      path,
      mode,
      content: Buffer.from(content).toString('latin1'),
    }))
    const expected = wanted.map(one => ({ ...one, content: bytesOf(one.content).toString('latin1') }))
    must(JSON.stringify(parts) === JSON.stringify(expected), 'Files are not what they were', parts)
  },
})

function* chunksOf({ entries, flips, missing, chunk }: Case): Generator<Buffer> {
  const bytes = Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)])
  for (const { at, byte } of flips) if (at < bytes.length) bytes[at] = byte
  const end = Math.max(0, bytes.length - missing)
  const size = Math.max(chunk, Math.ceil(end / 64))
  for (let start = 0; start < end; start += size) yield bytes.subarray(start, Math.min(end, start + size))
}

function blocksOf({ name: called, type, link, content, size }: TarEntry): Buffer[] {
  const body = bytesOf(content)
  const header = Buffer.alloc(512)
  header.write(called, 0, 100, 'utf8')
  header.write('0000644\0', 100, 'latin1')
  header.write('0000000\0', 108, 'latin1')
  header.write('0000000\0', 116, 'latin1')
  header.write(size ?? `${body.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1')
  header.write('00000000000\0', 136, 'latin1')
  header.write('        ', 148, 'latin1')
  header.write(type, 156, 1, 'latin1')
  header.write(link, 157, 100, 'utf8')
  header.write('ustar\x0000', 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
}
