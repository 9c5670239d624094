import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { lock, openOwnBeacon, QUICKNET, unlock } from '../../../validator/chain/timelock.ts'

const { timelock } = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../../fixtures/chain/commit.json'), 'utf8'),
) as { timelock: { round: number; signature: string; plain: string; ciphertext: string } }

describe('time-locked bytes', () => {
  test('that others locked for the real beacon are opened', () => {
    const opened = unlock(Buffer.from(timelock.ciphertext, 'hex'), timelock.signature)

    expect(opened?.toString('hex')).toBe(timelock.plain)
  })

  test('that we lock for a round that is over are opened with its public signature', () => {
    const plain = Buffer.from(timelock.plain, 'hex')
    const locked = lock(plain, timelock.round, QUICKNET)

    expect(locked).toHaveLength(timelock.ciphertext.length / 2)
    expect(unlock(locked, timelock.signature)).toEqual(plain)
  })

  test('have the form of the real ones: the same pieces with the same lengths', () => {
    const ours = lock(Buffer.from(timelock.plain, 'hex'), timelock.round, QUICKNET).toString('hex')
    const lengths = [192, 272, 352, 368]
    const at = (text: string) => lengths.map(place => text.slice(place, place + 16))

    expect(at(ours)).toEqual(at(timelock.ciphertext))
    expect(ours.endsWith(Buffer.from('AES_GCM_').toString('hex'))).toBe(true)
  })

  test('are not opened by another round, nor after a byte was changed', () => {
    const own = openOwnBeacon(Buffer.from('a secret'), { genesis: 0, period: 3 })
    const locked = lock(Buffer.from('weights'), 7, own.beacon)

    expect(unlock(locked, own.sign(7))?.toString()).toBe('weights')
    expect(unlock(locked, own.sign(8))).toBeUndefined()
    expect(unlock(locked, timelock.signature)).toBeUndefined()
    for (const place of [0, 100, 140, 200, locked.length - 1]) {
      const changed = Buffer.from(locked)
      changed[place]! ^= 1
      expect(unlock(changed, own.sign(7))).toBeUndefined()
    }
    expect(unlock(locked.subarray(0, 120), own.sign(7))).toBeUndefined()
    expect(unlock(Buffer.alloc(0), 'no signature')).toBeUndefined()
  })

  test('are different each time', () => {
    const plain = Buffer.from('the same')

    expect(lock(plain, 1, QUICKNET)).not.toEqual(lock(plain, 1, QUICKNET))
  })
})
