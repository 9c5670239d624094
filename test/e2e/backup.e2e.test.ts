import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openRecords, readRecordSettings } from '../../validator/store/records.ts'
import { arete } from '../support/arete.ts'
import { makeFolder } from '../support/folder.ts'

test('arete validator backup and restore bring a data folder to another place, once', async () => {
  const folder = makeFolder({})
  fs.chmodSync(folder, 0o755)
  const [from, to] = ['from', 'to'].map(name => ({ ARETE_DATA: path.join(folder, name) }))
  const file = path.join(folder, 'arete.tar.gz')
  const missing = await arete(['validator', 'backup', file], { env: from! })
  {
    const settings = readRecordSettings(from!)
    if ('mistakes' in settings) throw new Error(settings.mistakes.join())
    await using records = await openRecords(settings)
    await records.blobs.put(Buffer.from('a blob'))
  }

  const made = await arete(['validator', 'backup', file], { env: from! })
  const again = await arete(['validator', 'backup', file], { env: from! })
  const restored = await arete(['validator', 'restore', file, '--json'], { env: to! })
  const twice = await arete(['validator', 'restore', file], { env: to! })

  expect(missing).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("there is no validator's data in"),
  })
  expect(made).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^Kept the files of the database and 1 blob in /),
  })
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('it exists') })
  expect(restored.exitCode).toBe(0)
  expect(JSON.parse(restored.stdout)).toMatchObject({ head: { kind: 'base' }, blobs: 1, missing: [] })
  expect(twice).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('there is a database') })
})
