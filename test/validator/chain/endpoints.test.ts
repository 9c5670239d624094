import { describe, expect, test } from 'vitest'
import { type ChainAlarm, openEndpoints } from '../../../validator/chain/endpoints.ts'
import { signerNamed } from '../../support/miner.ts'
import { connectScript, hashOf, newScript, type Script } from '../../support/scripted-node.ts'

const ITEM = [{ pallet: 'any', item: 'thing' }]

function open(scripts: Readonly<Record<string, Script>>) {
  const alarms: ChainAlarm[] = []
  const pauses: number[] = []
  const node = openEndpoints({
    endpoints: Object.keys(scripts),
    async connect(endpoint) {
      const script = scripts[endpoint]!
      if (script.connects > 0 && script.isGone && script.fails.times > 0) {
        script.fails.times--
        throw new Error('connection refused')
      }
      script.isGone = false
      return connectScript(endpoint, script)
    },
    onAlarm: alarm => alarms.push(alarm),
    pause: async milliseconds => void pauses.push(milliseconds),
  })
  const answeredBy = async () => (await node.read('0x', ITEM))[0]
  return { node, alarms, pauses, answeredBy }
}

describe('a node of several endpoints', () => {
  test('asks the first as long as it is well', async () => {
    const [one, two] = [newScript(), newScript()]
    const { answeredBy, alarms } = open({ one, two })

    expect([await answeredBy(), await answeredBy()]).toEqual(['one', 'one'])
    expect([one.connects, two.connects, alarms.length]).toEqual([1, 0, 0])
  })

  test('goes on to the next when the connection breaks, and says so', async () => {
    const one = newScript()
    const { answeredBy, alarms } = open({ one, two: newScript() })
    await answeredBy()
    one.isGone = true
    one.fails = { times: 1, error: () => new Error('1006 abnormal closure') }

    expect(await answeredBy()).toBe('two')
    expect(alarms).toEqual([{ kind: 'unreachable', endpoint: 'one', why: 'connection refused' }])
  })

  test('connects again to its only endpoint, waiting longer each time', async () => {
    const one = newScript()
    const { answeredBy, pauses } = open({ one })
    await answeredBy()
    one.isGone = true
    one.fails = { times: 2, error: () => new Error('refused') }

    expect(await answeredBy()).toBe('one')
    expect(pauses).toEqual([500, 1000])
    expect(one.connects).toBe(2)
  })

  test('gives up with one sentence when nobody answers', async () => {
    const dead = () =>
      newScript({ connects: 1, isGone: true, fails: { times: 99, error: () => new Error('x') } })
    const { answeredBy } = open({ one: dead(), two: dead() })

    await expect(answeredBy()).rejects.toThrow(
      'No endpoint of the chain answers (one, two): connection refused',
    )
  })

  test('goes on to the next when there were too many requests, without hanging up', async () => {
    const limited = {
      times: 1,
      error: () => Object.assign(new Error('Too many requests'), { code: -32_005 }),
    }
    const one = newScript({ fails: limited })
    const { answeredBy, pauses } = open({ one, two: newScript() })

    expect(await answeredBy()).toBe('two')
    expect(one.isGone).toBe(false)
    expect(pauses).toEqual([])
  })

  test('waits when everybody has had too many', async () => {
    const limited = () => ({ times: 1, error: () => Object.assign(new Error('slow down'), { code: 429 }) })
    const { answeredBy, pauses } = open({
      one: newScript({ fails: limited() }),
      two: newScript({ fails: limited() }),
    })

    expect(await answeredBy()).toBe('one')
    expect(pauses).toEqual([500])
  })

  test('does not ask elsewhere what is wrong with the question', async () => {
    const two = newScript()
    const wrong = { times: 1, error: () => new Error('Unable to decode') }
    const { answeredBy } = open({ one: newScript({ fails: wrong }), two })

    await expect(answeredBy()).rejects.toThrow('Unable to decode')
    expect(two.asked).toBe(0)
  })

  test('does not send a call elsewhere whose answer got lost: it may have arrived', async () => {
    const lost = { times: 1, error: () => new Error('No response received from RPC endpoint in 20s') }
    const [one, two] = [newScript({ fails: lost }), newScript()]
    const { node } = open({ one, two })
    const call = { pallet: 'subtensorModule', call: 'setWeights', args: [] }
    const since = { number: 100, hash: hashOf('a', 100) }

    expect(await node.send(call, await signerNamed('a validator'), since)).toEqual({
      ...{ kind: 'unknown', why: 'No response received from RPC endpoint in 20s' },
    })
    expect([one.asked, two.asked]).toEqual([1, 0])
  })
})

describe('what is final', () => {
  test('is compared with a second endpoint, and believed when both have it', async () => {
    const two = newScript()
    const { node, alarms } = open({ one: newScript(), two })

    expect(await node.head()).toEqual({ number: 100, hash: hashOf('a', 100) })
    expect(two.asked).toBe(1)
    await node.head()
    expect(two.asked).toBe(1)
    expect(alarms).toEqual([])
  })

  test('is not believed when the two have different blocks', async () => {
    const { node, alarms } = open({ one: newScript(), two: newScript({ fork: 'b', newest: 103 }) })

    await expect(node.head()).rejects.toThrow(
      /Cannot tell which chain is right: block 100 is .* at one, and .* at two/,
    )
    expect(alarms).toEqual([{ kind: 'disagree', endpoints: ['one', 'two'], block: 100 }])
  })

  test('is told by one alone when the other cannot be reached', async () => {
    const dead = newScript({ connects: 1, isGone: true, fails: { times: 9, error: () => new Error('x') } })
    const { node } = open({ one: newScript(), two: dead })

    expect(await node.head()).toMatchObject({ number: 100 })
  })

  test('comes from the other when one is behind it, with a word about that', async () => {
    const { node, alarms } = open({ one: newScript({ newest: 80 }), two: newScript({ newest: 100 }) })
    expect(await node.head()).toMatchObject({ number: 80 })

    expect(await node.head()).toMatchObject({ number: 100 })
    expect(alarms).toEqual([{ kind: 'lagging', endpoint: 'one', block: 80, other: 100 }])
  })

  test('comes from the other when one tells no new block', async () => {
    const { node, alarms } = open({ one: newScript({ secondsAgo: 300 }), two: newScript({ newest: 101 }) })

    expect(await node.head()).toMatchObject({ number: 101 })
    expect(alarms).toMatchObject([{ kind: 'stale', endpoint: 'one', block: 100, secondsAgo: 300 }])
  })

  test('is told by a stale node, with an alarm, when there is no better one', async () => {
    const { node, alarms } = open({ one: newScript({ secondsAgo: 300 }) })
    await node.head()
    await node.head()

    expect(alarms).toMatchObject([{ kind: 'stale', endpoint: 'one' }])
  })

  test('stays so: a node on which it became another block is not believed', async () => {
    const one = newScript()
    const { node, alarms } = open({ one })
    await node.head()
    one.fork = 'b'

    await expect(node.head()).rejects.toThrow(/Cannot believe one: block 100 was .* and final, now it is/)
    expect(alarms).toEqual([{ kind: 'rewritten', endpoint: 'one', block: 100 }])
  })
})
