import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { bundleAgent } from '../../../sandbox/bundle.ts'
import { loadPacked } from '../../../validator/intake/load-packed.ts'
import { makeFolder } from '../../support/folder.ts'
import { idlePack, packOf } from '../../support/miner.ts'

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

    expect(loaded).toMatchObject({
      reasons: [{ code: 'unloadable', message: expect.stringContaining('agent.ts') }],
    })
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

    expect(loaded).toMatchObject({
      reasons: [{ code: 'unloadable', message: expect.stringContaining('secret') }],
    })
  })

  test.each([
    { what: 'nests too deeply', source: `export const solve = ${'['.repeat(3_000_000)}` },
    { what: 'imports a program of the host', source: "import x from '/bin/sh'\nexport const solve = x" },
    { what: 'asks for all files', source: "export const solve = (x) => import('/etc/' + x)", passes: true },
    {
      what: 'imports by an address',
      source: "import x from 'file:///etc/passwd'\nexport const solve = x",
    },
    {
      what: 'wants its source map',
      source: 'export const solve = 1\n//# sourceMappingURL=/etc/passwd',
      passes: true,
    },
  ])('that $what has nothing of the host in it, and stops no other', async ({ source, passes }) => {
    const pack = (text: string) => packOf({ 'agent.ts': text }, { language: 'typescript', entry: 'agent.ts' })
    const loaded = await loadPacked(await pack(source))

    if (passes) expect(loaded).toMatchObject({ kind: 'program' })
    else expect(loaded).toMatchObject({ reasons: [{ code: 'unloadable' }] })
    const text = 'files' in loaded ? Buffer.from(loaded.files.body).toString('latin1') : ''
    expect(text).not.toContain('root:')
    expect(await loadPacked(await pack('export const solve = () => ""'))).toMatchObject({ kind: 'program' })
  })

  test('whose bundle becomes too large is refused', async () => {
    const names = Array.from({ length: 500_000 }, (_, index) => `a${index}`)
    const loaded = await loadPacked(
      await packOf({ 'agent.ts': `export enum A {${names}}` }, { language: 'typescript', entry: 'agent.ts' }),
    )

    expect(loaded).toMatchObject({ reasons: [{ code: 'unloadable' }] })
  })

  test.runIf(fs.existsSync('/proc'))(
    'whose bundle is not ready in time is refused, and the bundler ended',
    async () => {
      const root = makeFolder({ 'agent.ts': `export const x = 1${'+1'.repeat(5_000_000)}` })

      expect(await bundleAgent(root, path.join(root, 'agent.ts'), 0.3)).toEqual({
        mistakes: ['agent.ts:1: the bundler did not end within 0.3 s'],
      })
      const running = fs
        .readdirSync('/proc')
        .filter(name => /^\d+$/.test(name))
        .filter(pid => {
          try {
            return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(root)
          } catch {
            return false
          }
        })
      expect(running).toEqual([])
    },
  )

  test('leaves nothing of a process that died while it made a bundle', async () => {
    const left = path.join(os.tmpdir(), 'arete-agent-4194304-left')
    fs.mkdirSync(left, { recursive: true })

    await loadPacked(await idlePack('x'))

    expect(fs.existsSync(left)).toBe(false)
  })

  function folders(): string[] {
    return fs.readdirSync('/tmp').filter(name => name.startsWith(`arete-agent-${process.pid}-`))
  }
})
