import fc from 'fast-check'
import { splitFiles } from '../../sandbox/archive.ts'
import { unpackZip } from '../../sandbox/zip.ts'
import { makeZip } from '../support/zip.ts'
import { anyText, bytesOf } from './mutate.ts'
import { must, target } from './target.ts'

interface ZipCase {
  readonly entries: readonly {
    readonly name: string
    readonly content: string
    readonly type: number
    readonly isStored: boolean
    readonly isWide: boolean
  }[]
  readonly wide: 'no' | 'instead' | 'as well'
  /** What is written over the archive: at a place counted from the end, where the directory is. */
  readonly lies: readonly { readonly fromEnd: number; readonly value: number; readonly size: 1 | 2 | 4 }[]
  readonly missing: number
  readonly limits: { readonly entries: number; readonly bytes: number; readonly ratio: number }
}

const name = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      ...['a', 'b', 'd/', 'd/a', 'd/e/f', 'a/b', '../a', '/a', 'd/../../a', 'd//a', './a', 'd/.', ''],
      ...['a\\b', '..\\a', '__proto__', 'constructor', 'a\0b', 'ü', 'x'.repeat(1200)],
    ),
  },
  { weight: 1, arbitrary: anyText },
)
const content = fc.oneof(fc.string({ maxLength: 20 }), fc.constant('y'.repeat(5000)), fc.constant(''))

/** A zip of a stranger: no path outside, no link, never more than allowed; one that nobody touched comes out as it went in. */
export const zip = target<ZipCase>({
  name: 'zip',
  short: 300,
  cases: fc.record({
    entries: fc.array(
      fc.record({
        name,
        content,
        type: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(0o100644, 0o100755) },
          { weight: 1, arbitrary: fc.constantFrom(0o120777, 0o010644, 0o060644, 0o040755, 0) },
        ),
        isStored: fc.boolean(),
        isWide: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
    wide: fc.constantFrom('no', 'instead', 'as well'),
    lies: fc.array(
      fc.record({
        fromEnd: fc.nat(400),
        value: fc.oneof(
          fc.constantFrom(0, 1, 0xff, 0xffff, 0xffff_ffff, 0x7fff_ffff, 0x04034b50, 0x06054b50, 0x07064b50),
          fc.nat(0xffff_ffff),
        ),
        size: fc.constantFrom(1, 2, 4),
      }),
      { maxLength: 3 },
    ),
    missing: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3000) }),
    limits: fc.record({
      entries: fc.constantFrom(0, 2, 100),
      bytes: fc.constantFrom(0, 100, 1_000_000),
      ratio: fc.constantFrom(1, 200),
    }),
  }),
  check({ entries, wide, lies, missing, limits }) {
    const drafts = entries.map(one => ({ ...one, mode: one.type, content: bytesOf(one.content) }))
    const whole = makeZip(drafts, wide === 'no' ? {} : { wide })
    for (const { fromEnd, value, size } of lies)
      if (fromEnd + size <= whole.length)
        whole.writeUIntLE(value % 256 ** size, whole.length - fromEnd - size, size)
    const bytes = whole.subarray(0, Math.max(0, whole.length - missing))
    let found: ReturnType<typeof unpackZip>
    try {
      found = unpackZip(bytes, limits)
    } catch (error) {
      must(error instanceof Error && error.message !== '', 'It fails without a reason')
      must(!(error instanceof RangeError), 'It reads beyond its bytes', error.message)
      const isPlain = entries.every(one => /^[a-z]$/.test(one.name) && one.type >> 12 === 8)
      const isDistinct = new Set(entries.map(one => one.name)).size === entries.length
      const isAllowed = limits.entries === 100 && limits.bytes === 1_000_000
      must(
        lies.length + missing > 0 || !(isPlain && isDistinct && isAllowed),
        'A plain archive is refused',
        error.message,
      )
      return
    }
    must(found.entries.length <= limits.entries, 'It has more entries than allowed')
    must(found.body.length <= limits.bytes, 'It holds more than allowed', found.body.length)
    must(new Set(found.entries.map(one => one.path)).size === found.entries.length, 'A path stands twice')
    for (const { path, kind, mode } of found.entries) {
      must(kind !== 'symlink', 'It has a link', path)
      must(mode === 0o644 || mode === 0o755, 'A mode is odd', mode)
      must(
        path.split('/').every(part => !['', '.', '..'].includes(part)) && !/[\0\\]/.test(path),
        'A path leads outside',
        path,
      )
    }
    if (lies.length > 0) return
    for (const { entry, content: got } of splitFiles(found)) {
      if (entry.kind !== 'file') continue
      const wanted = entries.find(one => Buffer.from(one.name).toString() === entry.path)
      must(
        wanted !== undefined && bytesOf(wanted.content).equals(got),
        'A file is not what it was',
        entry.path,
      )
    }
  },
})
