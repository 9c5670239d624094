import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { MOST_SEALED, newSeal, openKey, sealKey } from '../../../sandbox/gateway/sealed-key.ts'
import { keepSeal, readSeal } from '../../../validator/models/model-seal.ts'
import { makeFolder } from '../../support/folder.ts'

const KEY = { kind: 'openrouter', key: 'sk-or-v1-0123456789abcdef' } as const

test('a key is read by whom it was sealed for, and by nobody else', async () => {
  const [one, other] = [await newSeal(), await newSeal()]

  const sealed = await sealKey(one.recipient, KEY)

  expect(sealed.toString('latin1')).toMatch(/^age-encryption\.org\/v1\n/)
  expect(sealed.includes(KEY.key)).toBe(false)
  expect(sealed.length).toBeLessThan(MOST_SEALED)
  expect(await openKey(one.identity, sealed)).toEqual(KEY)
  expect(await openKey(other.identity, sealed)).toEqual({ mistake: 'it was not sealed for this validator' })
})

test.each([
  ['nothing', ''],
  ['no JSON', 'sk-or-v1'],
  ['an address of its own', '{"kind":"compatible","key":"k","url":"http://169.254.169.254/"}'],
  ['a key that breaks a header', '{"kind":"chutes","key":"a\\r\\nhost: x"}'],
])('what is sealed and is %s is no key', async (_, text) => {
  const { identity, recipient } = await newSeal()
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)

  const sealed = await encrypter.encrypt(text)

  expect(await openKey(identity, sealed)).toEqual({ mistake: 'what was sealed is no key of a provider' })
})

test('a validator keeps its identity, where only its owner reads it', async () => {
  const data = makeFolder({})

  const [one, other] = await Promise.all([keepSeal({}, data), keepSeal({}, data)])

  expect(other).toEqual(one)
  expect(await readSeal({}, data)).toEqual(one)
  expect(fs.statSync(path.join(data, 'models/identity')).mode & 0o777).toBe(0o600)
  expect(await readSeal({}, makeFolder({}))).toBeUndefined()
  await expect(readSeal({ ARETE_AGE_IDENTITY: 'x' }, data)).rejects.toThrow('Cannot use ARETE_AGE_IDENTITY')
})
