import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { findHotkey } from '../../../validator/operating/hotkey.ts'
import { makeOnce } from '../../../validator/store/make-once.ts'
import { makeFolder } from '../../support/folder.ts'

const records = (data: string) => ({
  wallet: undefined,
  records: { data, databaseUrl: undefined, blobs: { kind: 'disk' as const, folder: data } },
})

test('who comes second takes what the first one made', () => {
  const file = path.join(makeFolder({}), 'deep/thing')

  makeOnce(file, 'first', 0o600)
  makeOnce(file, 'second', 0o600)

  expect(fs.readFileSync(file, 'utf8')).toBe('first')
  expect(fs.readdirSync(path.dirname(file))).toEqual(['thing'])
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
})

test.each(['was made since', 'is there already'])(
  'a key that %s has no halves of itself beside it, but what somebody is making stays',
  async when => {
    const dead = spawnSync('true').pid
    const data = makeFolder({
      [`hotkey.${dead}`]: '{"secretSeed":',
      [`hotkey.${process.ppid}`]: '{',
      'hotkey.old': '',
    })
    const first = when === 'was made since' ? undefined : await findHotkey(records(data), {})
    if (first !== undefined) fs.writeFileSync(path.join(data, `hotkey.${dead}`), '{')

    const key = await findHotkey(records(data), {})

    expect(key.address).toBe(first?.address ?? key.address)
    expect(fs.readdirSync(data).sort()).toEqual(['hotkey', `hotkey.${process.ppid}`, 'hotkey.old'].sort())
  },
)
