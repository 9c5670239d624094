import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { splitFiles } from '../../sandbox/archive.ts'
import { unpackZip } from '../../sandbox/zip.ts'
import { makeZip, type ZipDraft } from '../support/zip.ts'

const LIMITS = { entries: 10, bytes: 2 ** 30, ratio: 200 }

test('a zip comes apart into its files, with who may start them', () => {
  const bytes = makeZip(
    [
      { name: 'set/', mode: 0o040755 },
      { name: 'set/a.txt', content: 'a'.repeat(1000) },
      { name: 'set/test.sh', content: 'exit 0\n', mode: 0o100755, isStored: true },
      { name: 'set/empty' },
      { name: 'sät', content: 'ü', mode: 0, system: 0 },
    ],
    { comment: 'a comment' },
  )

  const found = [...splitFiles(unpackZip(bytes, LIMITS))].map(({ entry: { path, kind, mode }, content }) => [
    path,
    kind,
    mode,
    Buffer.from(content).toString(),
  ])

  expect(found).toEqual([
    ['set', 'directory', 0o755, ''],
    ['set/a.txt', 'file', 0o644, 'a'.repeat(1000)],
    ['set/test.sh', 'file', 0o755, 'exit 0\n'],
    ['set/empty', 'file', 0o644, ''],
    ['sät', 'file', 0o644, 'ü'],
  ])
})

test('a zip that another program made is read', () => {
  const bytes = Buffer.from(
    zipSync({ 'a/b.txt': Buffer.from('b'.repeat(500)), 'c.bin': [new Uint8Array(9), { level: 0 }] }),
  )

  const found = [...splitFiles(unpackZip(bytes, LIMITS))].map(({ entry, content }) => [
    entry.path,
    content.length,
  ])

  expect(found).toEqual([
    ['a/b.txt', 500],
    ['c.bin', 9],
  ])
})

test.each([{ wide: undefined }, { wide: 'instead' }, { wide: 'as well' }] as const)(
  'zip64 is read, with its records at the end $wide',
  ({ wide }) => {
    const other = Uint8Array.of(0x55, 0x54, 1, 0, 0)
    const bytes = makeZip(
      [
        { name: 'd/', mode: 0o040755, isWide: true },
        { name: 'd/a', content: 'a'.repeat(1000), isWide: true, extra: other },
        { name: 'b', content: 'b', extra: other },
      ],
      { comment: 'a comment', ...(wide && { wide }) },
    )

    const found = [...splitFiles(unpackZip(bytes, LIMITS))].map(({ entry, content }) => [
      entry.path,
      content.length,
    ])

    expect(found).toEqual([
      ['d', 0],
      ['d/a', 1000],
      ['b', 1],
    ])
  },
)

/** Counted from the end of an archive without a comment. */
const LOCATOR = 42
const RECORD = 98
test.each([
  ['another count at its end', 12, 2, 'say different things'],
  ['another place at its end', 6, 2, 'say different things'],
  ['a record elsewhere', LOCATOR - 8, 2, 'its zip64 record is not where it says'],
  ['another record', RECORD, 2, 'its zip64 record is not where it says'],
  ['several disks', LOCATOR - 16, 2, 'it is one part of several'],
  ['a disk of its own', RECORD - 16, 2, 'it is one part of several'],
  ['entries elsewhere', RECORD - 24, 2, 'it is one part of several'],
])('zip64 with %s is refused', (_, fromEnd, value, message) => {
  const bytes = makeZip([{ name: 'a', content: 'x' }], { wide: 'as well' })
  bytes.writeUInt8(value, bytes.length - fromEnd)

  expect(() => unpackZip(bytes, LIMITS)).toThrow(message)
})

test('numbers beyond all reason are refused as others are', () => {
  const bytes = makeZip([{ name: 'a', content: 'x' }], { wide: 'instead' })
  const most = Buffer.alloc(8, 0xff)
  most.copy(bytes, bytes.length - RECORD + 24)
  most.copy(bytes, bytes.length - RECORD + 32)

  expect(() => unpackZip(bytes, LIMITS)).toThrow(/^it has \d+ entries, 10 may be$/)
})

const ZEROS = Buffer.alloc(2 ** 25)

test.each<[what: string, drafts: readonly ZipDraft[], message: string]>([
  ['a path that goes up', [{ name: 'a/../../x' }], '"a/../../x" is no path inside the archive'],
  ['an absolute path', [{ name: '/etc/x' }], '"/etc/x" is no path inside the archive'],
  ['a path of another system', [{ name: '..\\x' }], 'is no path inside the archive'],
  ['an endless path', [{ name: 'x/'.repeat(600) }], 'is no path inside the archive'],
  ['a link', [{ name: 'a', content: '/etc/passwd', mode: 0o120777 }], '"a" is a link'],
  ['a link that a Mac made', [{ name: 'a', content: '..', mode: 0o120755, system: 19 }], '"a" is a link'],
  ['a pipe', [{ name: 'a', mode: 0o010644 }], '"a" is no file or folder'],
  ['a folder that is a file', [{ name: 'a/', mode: 0o100644 }], '"a/" is no file or folder'],
  ['a path twice', [{ name: 'a' }, { name: 'a' }], '"a" stands twice in it'],
  ['a file and a folder of one name', [{ name: 'a' }, { name: 'a/b' }], '"a" is a file and a folder'],
  ['what is encrypted', [{ name: 'a', flags: 1 }], '"a" is encrypted'],
  ['another method', [{ name: 'a', method: 12 }], '"a" is packed by method 12'],
  ['a wrong sum', [{ name: 'a', content: 'x', crc: 1 }], '"a" is not what the directory says'],
  [
    'a file that is longer than it says',
    [{ name: 'a', content: 'x'.repeat(99), size: 9 }],
    '"a" cannot be inflated',
  ],
  [
    'a file that is shorter than it says',
    [{ name: 'a', content: 'x', size: 9 }],
    '"a" is not what the directory says',
  ],
  [
    'two names for one place',
    [
      { name: 'a', content: 'x' },
      { name: 'b', content: 'x', at: 0 },
    ],
    '"b" has another name where it lies',
  ],
  ['another name where it lies', [{ name: 'a', localName: 'b' }], '"a" has another name where it lies'],
  [
    'too many entries',
    Array.from({ length: 11 }, (_, index) => ({ name: `${index}` })),
    'it has 11 entries, 10 may be',
  ],
  [
    'too many bytes',
    [{ name: 'a', content: 'x', size: 2 ** 31 }],
    `it would have ${2 ** 31} bytes, ${2 ** 30} may be`,
  ],
  ['a bomb', [{ name: 'a', content: ZEROS }], 'it would be more than 200 times larger than the archive'],
  [
    'a size that stands nowhere',
    [{ name: 'a', content: 'x', size: 0xffff_ffff }],
    '"a" does not say how large it is',
  ],
  [
    'a damaged extra field',
    [{ name: 'a', content: 'x', size: 0xffff_ffff, extra: Uint8Array.of(1, 0, 9, 0) }],
    '"a" has a damaged extra field',
  ],
  [
    'an extra field that is too short',
    [{ name: 'a', content: 'x', size: 0xffff_ffff, extra: Uint8Array.of(1, 0, 4, 0, 1, 0, 0, 0) }],
    '"a" does not say how large it is',
  ],
  [
    'more than 4 GiB',
    [{ name: 'a', content: 'x', size: 2 ** 40, isWide: true }],
    `it would have ${2 ** 40} bytes, ${2 ** 30} may be`,
  ],
])('%s is refused', (_, drafts, message) => {
  expect(() => unpackZip(makeZip(drafts), LIMITS)).toThrow(message)
})

test('a file that says it is small is not unpacked further than that', () => {
  const bytes = makeZip([{ name: 'a', content: ZEROS, size: 1 }])

  expect(() => unpackZip(bytes, LIMITS)).toThrow('"a" cannot be inflated')
})

test('what is cut off anywhere, or no zip at all, is refused', () => {
  const whole = makeZip([{ name: 'a', content: 'x' }])

  for (let length = 0; length < whole.length; length++)
    expect(() => unpackZip(whole.subarray(0, length), LIMITS)).toThrow('it has no directory at its end')
  expect(() => unpackZip(Buffer.alloc(100_000, 'PK\x05\x06'), LIMITS)).toThrow()
})
