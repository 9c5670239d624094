import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { listHidden } from '../../sandbox/hidden.ts'
import { Inspection } from '../../sandbox/inspection.ts'
import type { HiddenText } from '../../sandbox/shingles.ts'
import { findTasks } from '../../task-bank/load.ts'
import { makeFolder } from '../support/folder.ts'

const BANK = path.resolve(import.meta.dirname, '../../task-bank/tasks')
/** Those that we wrote ourselves, with a patch as reference: tasks of one origin have each other's tests in their repositories. */
const folders = findTasks(BANK)
  .map(folder => path.relative(BANK, folder))
  .filter(folder => !['history', 'planted', 'terminal'].includes(path.dirname(folder)))

const SECRET = `def test_the_total_of_an_order_with_two_rebates():
    order = Order(rebates=[Rebate("summer sale", 10), Rebate("loyal", 5)])
    order.add("floor lamp", 3, price=40)
    assert order.total() == 102
`
const HIDDEN: HiddenText[] = [
  {
    file: 'tests/test_order.py',
    lines: SECRET.split('\n').map((text, index) => ({ number: index + 1, text, block: 0, common: false })),
  },
]
const OTHER = Buffer.from('nothing of interest, '.repeat(500))

test.each([
  { what: 'gzip', bytes: gzipSync(SECRET), inside: ['unzipped'] },
  { what: 'gzip within gzip', bytes: gzipSync(gzipSync(SECRET)), inside: ['unzipped', 'unzipped'] },
  {
    what: 'a truncated gzip',
    bytes: gzipSync(Buffer.concat([Buffer.from(SECRET), OTHER])).subarray(0, -40),
    inside: ['unzipped'],
  },
  {
    what: 'a loose object of git',
    bytes: deflateSync(`blob ${SECRET.length}\0${SECRET}`),
    inside: ['inflated'],
  },
  { what: 'a zip', bytes: zipOf({ 'a.txt': OTHER, 'pkg/b.py': Buffer.from(SECRET) }), inside: ['pkg/b.py'] },
  {
    what: 'a wheel in a gzip',
    bytes: gzipSync(zipOf({ 'pkg/b.py': Buffer.from(SECRET) })),
    inside: ['unzipped', 'pkg/b.py'],
  },
])('a copy is found in $what', ({ bytes, inside }) => {
  expect(inspect(new Inspection(HIDDEN, []), bytes)).toEqual([
    expect.objectContaining({
      file: 'tests/test_order.py',
      firstLine: 1,
      lastLine: 4,
      inside: ['file', ...inside],
    }),
  ])
})

test('a copy is found in a pack, also where only the difference from another object is kept', () => {
  const long = Array.from({ length: 400 }, (_, index) => `line ${index} of something long\n`).join('')
  const folder = makeFolder({ 'long.txt': long })
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=a@b', ...args], { cwd: folder }).toString()
  git('init', '-q')
  for (const content of [long.replace('line 9 ', `${SECRET.slice(0, 90)}line 9 `), `${long}the newest\n`]) {
    fs.writeFileSync(path.join(folder, 'long.txt'), content)
    git('add', '.')
    git('commit', '-qm', 'one')
  }
  git('repack', '-adq', '--depth=50', '--window=50')
  const packs = path.join(folder, '.git/objects/pack')
  const pack = fs.readdirSync(packs).find(name => name.endsWith('.pack'))!
  expect(git('verify-pack', '-v', path.join(packs, pack))).toMatch(/chain length = 1/)

  const found = inspect(new Inspection(HIDDEN, []), fs.readFileSync(path.join(packs, pack)))

  expect(found).toMatchObject([{ firstLine: 1, inside: ['file', expect.stringMatching(/^object at \d+$/)] }])
})

test('byte-code is known by its names and strings', () => {
  const words = ['test_the_total_of_an_order_with_two_rebates', 'summer sale', 'floor lamp']
  const inspection = new Inspection(HIDDEN, [])

  expect(inspect(inspection, bytecodeOf(words))).toMatchObject([
    { file: 'tests/test_order.py', firstLine: 1, lastLine: 3 },
  ])
  expect(
    inspect(inspection, bytecodeOf([words[1]!, 'another name of a function that is long enough'])),
  ).toEqual([])
  expect(inspect(new Inspection(HIDDEN, [Buffer.from(words[0]!)]), bytecodeOf(words))).toEqual([])
})

test.each([
  { what: 'random bytes that begin like a gzip', bytes: Buffer.concat([Buffer.from([0x1f, 0x8b]), OTHER]) },
  { what: 'a zip with lies in its directory', bytes: brokenZip() },
  {
    what: 'a pack with lies in it',
    bytes: Buffer.concat([Buffer.from('PACK\0\0\0\x02\xff\xff\xff\xff', 'latin1'), OTHER]),
  },
  { what: 'byte-code that ends early', bytes: bytecodeOf(['x'.repeat(50)]).subarray(0, 20) },
  { what: 'nothing', bytes: Buffer.alloc(0) },
  { what: 'a byte', bytes: Buffer.from([0x1f]) },
])('$what is searched without harm', ({ bytes }) => {
  expect(inspect(new Inspection(HIDDEN, []), bytes)).toEqual([])
})

test('a zip that unpacks without end is given up', () => {
  const bomb = gzipSync(Buffer.alloc(2 ** 28 + 2 ** 20))

  expect(inspect(new Inspection(HIDDEN, []), bomb)).toEqual([])
})

test.each(folders)('each test and each changed file of %s is found alone', folder => {
  const { inspection, root, given } = openTask(folder)

  for (const file of fs.readdirSync(path.join(root, 'tests')).filter(name => !name.endsWith('.sh'))) {
    // A hidden test may say again what a visible one says.
    const isVisible = (one: string): boolean => given.includes(one.slice(one.indexOf('\n')).trim())
    const tests = testsOf(fs.readFileSync(path.join(root, 'tests', file), 'utf8')).filter(
      // One short statement alone could stand in any file.
      one => !isVisible(one) && one.trim().length >= 90,
    )
    expect(tests.length).toBeGreaterThan(3)
    for (const one of tests) {
      expect(inspect(inspection, Buffer.from(one)), one).toMatchObject([{ file: `tests/${file}` }])
    }
  }
  for (const [name, content] of repairedFiles(root)) {
    expect(inspect(inspection, content), name).toMatchObject([{ file: 'solution/fix.patch' }])
  }
})

test.each(folders)('nothing that all may see looks like a part of %s', folder => {
  const { inspection } = openTask(folder)
  expect(inspection.blind()).toEqual([])

  for (const other of folders) {
    const names = [
      'environment/repository.fi',
      'instruction.md',
      ...(other === folder ? [] : testFiles(other)),
    ]
    for (const name of names) {
      expect(inspect(inspection, fs.readFileSync(path.join(BANK, other, name))), `${other}/${name}`).toEqual(
        [],
      )
    }
  }
})

function openTask(folder: string): { inspection: Inspection; root: string; given: string } {
  const root = path.join(BANK, folder)
  const given = ['environment/repository.fi', 'instruction.md'].map(name =>
    fs.readFileSync(path.join(root, name)),
  )
  return { inspection: new Inspection(listHidden({ folder: root }), given), root, given: given.join('\n') }
}

function testFiles(folder: string): string[] {
  return fs
    .readdirSync(path.join(BANK, folder, 'tests'))
    .filter(name => name !== 'test.sh')
    .map(name => `tests/${name}`)
}

/** The tests of a file one by one. */
function testsOf(source: string): string[] {
  return source.split(/^(?=def test_|test\()/m).filter(part => /^(def test_|test\()/.test(part))
}

/** What the reference makes of the files that it changes. */
function repairedFiles(root: string): [string, Buffer][] {
  const folder = makeFolder({})
  const git = (args: string[], input?: Buffer): string =>
    execFileSync('git', args, { cwd: folder, ...(input === undefined ? {} : { input }) }).toString()
  git(['init', '-q', '-b', 'main'])
  git(['fast-import', '--quiet'], fs.readFileSync(path.join(root, 'environment/repository.fi')))
  git(['reset', '-q', '--hard', 'main'])
  git(['apply', path.join(root, 'solution/fix.patch')])
  const names = git(['ls-files', '-mo', '-z'])
    .split('\0')
    .filter(name => name !== '' && !name.endsWith('.md'))
  expect(names).not.toEqual([])
  return names.map(name => [name, fs.readFileSync(path.join(folder, name))])
}

function inspect(inspection: Inspection, bytes: Buffer) {
  const looking = inspection.open('file')
  for (let at = 0; at < bytes.length; at += 1000) looking.add(bytes.subarray(at, at + 1000))
  return looking.end()
}

/** Strings as Python's `marshal` writes short ones, after the head of a file of byte-code. */
function bytecodeOf(words: readonly string[]): Buffer {
  const head = Buffer.from('a70d0d0a000000000000000000000000', 'hex')
  return Buffer.concat([
    head,
    ...words.map(word => Buffer.from(`\xda${String.fromCharCode(word.length)}${word}`, 'latin1')),
  ])
}

function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(8, 8)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(8, 10)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(offset, 42)
    locals.push(local, Buffer.from(name), packed)
    centrals.push(central, Buffer.from(name))
    offset += local.length + name.length + packed.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...centrals, end])
}

function brokenZip(): Buffer {
  const zip = zipOf({ 'b.py': Buffer.from(SECRET) })
  zip.writeUInt32LE(0xffffff, zip.length - 22 - 46 - 4 + 42)
  return zip
}
