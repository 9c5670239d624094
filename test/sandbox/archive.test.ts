import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import tar from 'tar-stream'
import { expect, test } from 'vitest'
import {
  joinFiles,
  packTar,
  readFolder,
  readTarFiles,
  splitFiles,
  unpackFolder,
} from '../../sandbox/archive.ts'
import { makeFolder } from '../support/folder.ts'

test('a folder that was packed is the same when unpacked', async () => {
  const folder = makeFolder({ 'top/a.txt': 'a', 'top/deep/b.txt': '', 'top/ü 文.txt': 'x' })
  fs.chmodSync(path.join(folder, 'top/a.txt'), 0o755)

  const files = await unpackFolder(packTar(readTarFiles(folder)), 1000)

  expect(files).toEqual(readFolder(path.join(folder, 'top')))
  expect(shown(files)).toEqual({ 'a.txt': 'a', 'deep/b.txt': '', 'ü 文.txt': 'x' })
  expect(files.entries.find(entry => entry.path === 'a.txt')?.mode).toBe(0o755)
})

test('a single file is unpacked by its own name', async () => {
  const files = await unpackFolder(packTar([{ name: 'passwd', content: 'root' }]), 1000, 0)

  expect(shown(files)).toEqual({ passwd: 'root' })
})

test('links stay links, hard links become files, devices and pipes are left out', async () => {
  const stream = packed([
    [{ name: 'app/', type: 'directory' }],
    [{ name: 'app/file', mode: 0o4755 }, 'x'],
    [{ name: 'app/soft', type: 'symlink', linkname: '/etc/passwd' }],
    [{ name: 'app/hard', type: 'link', linkname: 'app/file' }],
    [{ name: 'app/away', type: 'link', linkname: 'etc/passwd' }],
    [{ name: 'app/disk', type: 'block-device' }],
    [{ name: 'app/pipe', type: 'fifo' }],
    [{ name: 'app/folder/', type: 'directory', mode: 0o1777 }],
  ])

  const files = await unpackFolder(stream, 1000)

  expect(files.entries).toEqual([
    { path: 'file', kind: 'file', mode: 0o755, size: 1 },
    { path: 'soft', kind: 'symlink', mode: expect.any(Number), size: 0, target: '/etc/passwd' },
    { path: 'hard', kind: 'file', mode: expect.any(Number), size: 1 },
    { path: 'folder', kind: 'directory', mode: 0o777, size: 0 },
  ])
})

test('a folder larger than may be held is refused', async () => {
  await expect(
    unpackFolder(packTar([{ name: 'a/b', content: 'x'.repeat(101) }]), 100),
  ).rejects.toThrowErrorMatchingInlineSnapshot(`[RangeError: A folder of more than 100 bytes cannot be held]`)
})

test('a stream that breaks off is an error', async () => {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(100)
      throw new Error('the engine hung up')
    })(),
  )

  await expect(unpackFolder(broken, 1000)).rejects.toThrow('the engine hung up')
})

test('files that are joined can be split', () => {
  const file = fc.record({
    path: fc.string(),
    mode: fc.constantFrom(0o644, 0o755),
    content: fc.uint8Array({ maxLength: 20 }),
  })

  fc.assert(
    fc.property(fc.array(file), files => {
      const split = [...splitFiles(joinFiles(files))].map(({ entry, content }) => ({
        path: entry.path,
        mode: entry.mode,
        content: new Uint8Array(content),
      }))

      expect(split).toEqual(files)
    }),
  )
})

test('a folder of ours is read without following links', () => {
  const folder = makeFolder({ 'a.txt': 'a' })
  fs.symlinkSync('/etc/passwd', path.join(folder, 'link'))

  expect(shown(readFolder(folder))).toEqual({ 'a.txt': 'a' })
})

function packed(items: readonly (readonly [Partial<tar.Header> & { name: string }, string?])[]): Readable {
  const pack = tar.pack()
  for (const [header, content] of items) pack.entry(header, content ?? '')
  pack.finalize()
  return Readable.from(pack as AsyncIterable<Buffer>)
}

function shown(files: {
  entries: ReturnType<typeof readFolder>['entries']
  body: Uint8Array
}): Record<string, string> {
  return Object.fromEntries(
    [...splitFiles(files)].map(({ entry, content }) => [entry.path, Buffer.from(content).toString()]),
  )
}
