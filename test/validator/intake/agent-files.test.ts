import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { packAgent, unpackAgent } from '../../../validator/intake/pack.ts'
import { makeFolder } from '../../support/folder.ts'

const MANIFEST = JSON.stringify({ name: 'a', version: '1', language: 'python', entry: 'agent.py' })

describe('an agent on disk', () => {
  const files = {
    'agent.json': MANIFEST,
    'agent.py': 'pass\n',
    [`lib/${'long/'.repeat(15)}${'name'.repeat(30)}.txt`]: 'long',
    'lib/größe.txt': 'not ASCII',
    '.git/config': 'left out',
    'node_modules/x/index.js': 'left out',
    '__pycache__/agent.pyc': 'left out',
  }

  test('is packed to the same bytes everywhere, and without what is made anew', async () => {
    const packed = await packAgent(makeFolder(files))

    expect(createHash('sha256').update(packed).digest('hex')).toMatchInlineSnapshot(
      `"8c51110abc3154fa78157b52840c004d04dcee2fafa105bbc886a9caa54539c7"`,
    )
    const unpacked = await unpackAgent(packed)
    expect('files' in unpacked && unpacked.files.map(({ path: name }) => name)).toEqual(
      Object.keys(files)
        .slice(0, 4)
        .toSorted((one, other) => (one < other ? -1 : 1)),
    )
  })

  test('can be read by tar, and what tar packs can be read by us', async () => {
    const [folder, other] = [makeFolder(files), makeFolder({})]
    fs.writeFileSync(path.join(other, 'packed.tar.gz'), await packAgent(folder))
    fs.mkdirSync(path.join(other, 'out'))
    execFileSync('tar', ['-xzf', '../packed.tar.gz'], { cwd: path.join(other, 'out') })
    expect(fs.readFileSync(path.join(other, 'out/lib/größe.txt'), 'utf8')).toBe('not ASCII')

    const packed = execFileSync('tar', ['-czf', '-', 'agent.json', './agent.py'], { cwd: folder })
    expect(await unpackAgent(packed)).toMatchObject({ files: [{ path: 'agent.json' }, { path: 'agent.py' }] })
  })

  test('of a single file gets the manifest that its name stands for', async () => {
    const folder = makeFolder({ 'tiny.py': 'pass\n' })

    expect(await unpackAgent(await packAgent(path.join(folder, 'tiny.py')))).toMatchObject({
      manifest: { name: 'tiny', language: 'python', entry: 'tiny.py' },
    })
  })

  test('tells all its mistakes at once', async () => {
    const folder = makeFolder(files)
    fs.symlinkSync('/etc/passwd', path.join(folder, 'link'))
    fs.writeFileSync(Buffer.concat([Buffer.from(`${folder}/odd`), Buffer.from([0xff])]), '')
    execFileSync('mkfifo', [path.join(folder, 'pipe')])

    const failed = await packAgent(folder).catch((error: unknown) => error)

    expect(failed).toMatchObject({ name: 'AgentError' })
    expect((failed as { reasons: string[] }).reasons.join('\n')).toMatch(
      /link: it is a link.*odd.: its name is not UTF-8.*pipe: it is neither/s,
    )
  })

  test('that a validator would refuse is not packed', async () => {
    await expect(packAgent(makeFolder({ ...files, 'Agent.py': '' }))).rejects.toThrow('is in it twice')
    await expect(packAgent(makeFolder({ 'agent.py': '' }))).rejects.toThrow('no agent.json')
    await expect(packAgent('/nowhere')).rejects.toThrow('no such folder or file')
  })
})
