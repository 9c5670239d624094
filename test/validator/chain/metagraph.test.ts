import { describe, expect, test } from 'vitest'
import type { Node } from '../../../validator/chain/node.ts'
import { openSubtensor } from '../../../validator/chain/subtensor/chain.ts'
import { readMetagraph } from '../../../validator/chain/subtensor/metagraph.ts'

const HEAD = { number: 9, hash: '0x00' }
const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'

/** What a runtime answers for so many uids, with numbers as the library gives them. */
function answer(uids: number, change: Record<string, unknown> = {}) {
  const each = <T>(value: T): T[] => Array.from({ length: uids }, () => value)
  return {
    ...{
      tempo: 360,
      hotkeys: each(ALICE),
      coldkeys: each(ALICE),
      active: each(true),
      validatorPermit: each(false),
    },
    ...{ lastUpdate: each(7), blockAtRegistration: each(1), alphaStake: each('0x0020000000000001') },
    ...{
      taoStake: each(5),
      totalStake: each('0x002386f26fc10000'),
      incentives: each(65_535),
      dividends: each(0),
    },
    ...{ consensus: each(32_768), emission: each(1000), more: 'than we read' },
    ...change,
  }
}

function scripted(reply: unknown) {
  const asked: string[] = []
  const node = {
    async ask(_: string, api: string, method: string) {
      asked.push(`${api}.${method}`)
      return reply
    },
  } as unknown as Node
  return { node, asked }
}

describe('a metagraph', () => {
  test('of 256 uids is read in one request', async () => {
    const { node, asked } = scripted(answer(256))
    const { members, tempo } = (await readMetagraph(node, HEAD, 3))!

    expect(asked).toEqual(['subnetInfoRuntimeApi.getMetagraph'])
    expect(members).toHaveLength(256)
    expect(tempo).toBe(360)
    expect(members[255]).toMatchObject({
      ...{
        uid: 255,
        hotkey: ALICE,
        incentive: 1,
        alphaStake: 9_007_199_254_740_993n,
        totalStake: 10n ** 16n,
      },
    })
  })

  test('of no subnet is none', async () => {
    expect(await readMetagraph(scripted(undefined).node, HEAD, 3)).toBeUndefined()
  })

  test.each([
    ['lists of different lengths', { emission: [] }],
    ['a share that is none', { incentives: [70_000, 0] }],
    ['stake below nothing', { totalStake: [-1, 0] }],
    ['an address that is none', { hotkeys: ['<script>', ALICE] }],
    ['a word for a number', { tempo: 'soon' }],
  ])('with %s is not believed', async (_, change) => {
    const { node } = scripted(answer(2, change))
    const chain = openSubtensor({ ...node, head: async () => HEAD, [Symbol.asyncDispose]: async () => {} })

    await expect(chain.metagraph(3)).rejects.toThrow(
      /Cannot believe what the node says \(metagraph\): .*look at the node/,
    )
  })
})
