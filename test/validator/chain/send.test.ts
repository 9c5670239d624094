import { describe, expect, test } from 'vitest'
import type { Connection } from '../../../validator/chain/connection.ts'
import type { Event } from '../../../validator/chain/node.ts'
import { sendCall } from '../../../validator/chain/send.ts'
import { signerNamed } from '../../support/miner.ts'
import { connectScript, hashOf, newScript } from '../../support/scripted-node.ts'

const CALL = { pallet: 'subtensorModule', call: 'setWeights', args: [] }
const SIGNED = '0xabcd'

/** A node whose blocks come when they are looked for. */
function scripted(about: {
  readonly answer?: () => unknown
  readonly included?: number
  readonly events?: readonly Event[]
  readonly fork?: (block: number) => string
}) {
  const script = newScript()
  const requests: string[] = []
  const listeners = new Set<() => void>()
  const connection: Connection = {
    ...connectScript('one', script),
    sign: async () => SIGNED,
    hashOf: async block => hashOf(about.fork?.(block) ?? 'a', block),
    async request(method, params) {
      requests.push(method)
      if (method === 'author_submitExtrinsic') return about.answer?.() ?? '0x01'
      const isIt = params[0] === hashOf('a', about.included ?? -1)
      return { block: { extrinsics: isIt ? ['0x00', SIGNED] : ['0x00'] } }
    },
    events: async (_, index) => (index === 1 ? [...(about.events ?? [])] : []),
    onHead(listener) {
      listeners.add(listener)
      setImmediate(() => {
        script.newest++
        for (const one of listeners) one()
      })
      return { [Symbol.dispose]: () => listeners.delete(listener) }
    },
  }
  const send = async (patienceMilliseconds = 60_000) =>
    await sendCall(connection, {
      ...{ call: CALL, signer: await signerNamed('a'), since: { number: 100, hash: hashOf('a', 100) } },
      patienceMilliseconds,
    })
  return { send, requests, script, connection }
}

const failed = (error: string): Event => ({ pallet: 'system', name: 'ExtrinsicFailed', data: [], error })

describe('a call', () => {
  test('is followed into the final block that has it', async () => {
    const { send, requests } = scripted({ included: 103 })

    expect(await send()).toEqual({ kind: 'included', block: 103 })
    expect(requests.filter(method => method === 'author_submitExtrinsic')).toHaveLength(1)
  })

  test('that fails in its block says how', async () => {
    const { send } = scripted({ included: 102, events: [failed('NeuronNoValidatorPermit')] })

    expect(await send()).toEqual({ kind: 'failed', block: 102, error: 'NeuronNoValidatorPermit' })
  })

  test('that the pool does not take is said to be rejected', async () => {
    const { send } = scripted({
      answer: () => {
        throw Object.assign(new Error('Invalid Transaction'), {
          code: 1010,
          data: { invalid: { custom: 6 } },
        })
      },
    })

    expect(await send()).toEqual({ kind: 'rejected', code: 1010, data: { invalid: { custom: 6 } } })
  })

  test('whose answer got lost may have arrived, and is not sent again', async () => {
    const { send, requests } = scripted({
      answer: () => {
        throw new Error('No response received from RPC endpoint in 20s')
      },
    })

    expect(await send()).toMatchObject({ kind: 'unknown' })
    expect(requests).toEqual(['author_submitExtrinsic'])
  })

  test('is not waited for beyond its life', async () => {
    const { send, script } = scripted({})

    expect(await send()).toEqual({ kind: 'unknown', why: 'not in any block up to 164' })
    expect(script.newest).toBe(164)
  })

  test('is not waited for beyond our patience, or when the node is gone', async () => {
    const { send, script } = scripted({})

    expect(await send(0)).toMatchObject({ kind: 'unknown', why: 'not in any final block up to 100 yet' })
    script.isGone = true
    expect(await send()).toMatchObject({ kind: 'unknown' })
  })

  test('in a block that was taken back before it was final is not there', async () => {
    // Block 102 has the call on a fork that never becomes final.
    const { send } = scripted({ included: 102, fork: block => (block === 102 ? 'b' : 'a') })

    expect(await send()).toMatchObject({ kind: 'unknown' })
  })

  test('that the chain does not have is not sent', async () => {
    const { connection, requests } = scripted({})
    const sent = await sendCall(
      { ...connection, sign: async () => undefined },
      {
        ...{ call: CALL, signer: await signerNamed('a'), since: { number: 100, hash: hashOf('a', 100) } },
        patienceMilliseconds: 1,
      },
    )

    expect(sent).toMatchObject({ kind: 'failed', error: 'no call subtensorModule.setWeights' })
    expect(requests).toEqual([])
  })
})
