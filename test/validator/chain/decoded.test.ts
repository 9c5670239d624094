import { createHash } from 'node:crypto'
import { blake2AsU8a } from '@polkadot/util-crypto/blake2'
import { describe, expect, test } from 'vitest'
import { eventsOf, signPayload } from '../../../validator/chain/decoded.ts'
import { isSignedBytes, publicKeyOf } from '../../../validator/intake/signature.ts'
import { signerNamed } from '../../support/miner.ts'

describe('a payload', () => {
  test.each([
    [256, false],
    [257, true],
    [1500, true],
  ])('of %i bytes is signed by its hash: %s', async (length, isHashed) => {
    const signer = await signerNamed('a')
    const payload = createHash('shake256', { outputLength: length }).update('x').digest()
    const signature = Buffer.from((await signPayload(signer, `0x${payload.toString('hex')}`)).slice(2), 'hex')
    const signed = isHashed ? blake2AsU8a(payload, 256) : payload

    expect(signature[0]).toBe(1)
    expect(await isSignedBytes(await publicKeyOf(signer.address), signed, signature.subarray(1))).toBe(true)
  })
})

describe('events', () => {
  const codec = (value: unknown) => ({ toJSON: () => value })
  const record = (index: number | undefined, method: string, data: readonly unknown[]) => ({
    phase: { isApplyExtrinsic: index !== undefined, asApplyExtrinsic: { toNumber: () => index! } },
    event: { section: 'system', method, data },
  })

  test('are those of one call, with the name of an error', () => {
    const error = { isModule: true, asModule: 'the error', ...codec({ module: {} }) }
    const records = [
      record(undefined, 'NewEpoch', []),
      record(0, 'ExtrinsicSuccess', [codec(1)]),
      record(1, 'ExtrinsicFailed', [error]),
    ]

    expect(eventsOf(records, 1, asked => `name of ${asked}`)).toEqual([
      { pallet: 'system', name: 'ExtrinsicFailed', data: [{ module: {} }], error: 'name of the error' },
    ])
    expect(eventsOf(records, 0, () => 'x')).toEqual([
      { pallet: 'system', name: 'ExtrinsicSuccess', data: [1], error: undefined },
    ])
  })
})
