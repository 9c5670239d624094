import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { indexOf, weightHash } from '../../../validator/chain/weight-hash.ts'

const { commitHash: recorded } = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../../fixtures/chain/commit.json'), 'utf8'),
)

test('a commit has the hash that the chain finds when it is revealed', () => {
  const { hotkey, netuidIndex, uids, values, salt, versionKey, hash } = recorded
  const hidden = { uids, values, salt, versionKey: BigInt(versionKey) }

  expect(weightHash(Buffer.from(hotkey, 'hex'), netuidIndex, hidden)).toBe(hash)
  expect(weightHash(Buffer.from(hotkey, 'hex'), netuidIndex + 1, hidden)).not.toBe(hash)
  expect(weightHash(Buffer.from(hotkey, 'hex'), netuidIndex, { ...hidden, salt: [1] })).not.toBe(hash)
})

test('a mechanism has its own index', () => {
  expect([indexOf(62, 0), indexOf(62, 1), indexOf(0, 2)]).toEqual([62, 4158, 8192])
})
