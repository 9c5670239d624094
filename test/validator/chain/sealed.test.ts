import { describe, expect, test } from 'vitest'
import { planWeights } from '../../../validator/chain/plan.ts'
import { readMessage, Sealed, sealWeights } from '../../../validator/chain/sealed.ts'
import { openOwnBeacon, unlock } from '../../../validator/chain/timelock.ts'
import { weightHash } from '../../../validator/chain/weight-hash.ts'
import { weightState } from '../../support/chain.ts'

const HOTKEY = Buffer.alloc(32, 7)
const own = openOwnBeacon(Buffer.from('a seed'), { genesis: 1_700_000_000, period: 3 })

function seal(about: Parameters<typeof weightState>[0]) {
  const base = weightState(about)
  const newest = Math.floor((base.time - own.beacon.genesis) / 3)
  const state = { ...base, beacon: { ...own.beacon, newest } }
  const plan = planWeights(
    [
      [0, 3],
      [4, 1],
    ],
    state,
  )
  if (plan.kind !== 'plan') throw new Error('refused')
  return sealWeights(plan, state, HOTKEY)
}

describe('sealed weights', () => {
  test('say all that is needed to find them again, also after they were written down', () => {
    for (const about of [
      {},
      { rules: { commitReveal: true } },
      { rules: { commitReveal: true }, offers: { timelocked: undefined } },
    ]) {
      const sealed = seal(about)

      expect(Sealed.parse(JSON.parse(JSON.stringify(sealed)))).toEqual(sealed)
      expect(sealed).toMatchObject({ since: 1000, netuid: 3, versionKey: '0' })
    }
  })

  test('as a hash are what the chain computes from what will be revealed', () => {
    const sealed = seal({ rules: { commitReveal: true }, offers: { timelocked: undefined } })
    if (sealed.kind !== 'hash') throw new Error(sealed.kind)

    expect(sealed.salt).toHaveLength(8)
    expect(sealed.hash).toBe(
      weightHash(HOTKEY, 3, { uids: [0, 4], values: [65_535, 21_845], salt: sealed.salt, versionKey: 0n }),
    )
    expect(sealed.reveal).toBe(1260)
  })

  test.each(['with-hotkey', 'without-hotkey'] as const)('as a message %s open with their round', form => {
    const sealed = seal({ rules: { commitReveal: true, versionKey: 9n }, offers: { timelocked: form } })
    if (sealed.kind !== 'timelocked') throw new Error(sealed.kind)
    const opened = unlock(Buffer.from(sealed.message.slice(2), 'hex'), own.sign(sealed.round))!

    expect(opened.subarray(0, 33).equals(Buffer.concat([Buffer.from([128]), HOTKEY]))).toBe(
      form === 'with-hotkey',
    )
    expect(readMessage(opened, HOTKEY)).toEqual({ uids: [0, 4], values: [65_535, 21_845], versionKey: 9n })
    if (form === 'with-hotkey') expect(readMessage(opened, Buffer.alloc(32))).toBeUndefined()
    expect(readMessage(opened.subarray(1), HOTKEY)).toBeUndefined()
  })
})
