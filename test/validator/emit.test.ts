import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Chain } from '../../validator/chain/chain.ts'
import { openOfflineChain } from '../../validator/chain/offline.ts'
import type { Weights } from '../../validator/chain/weights.ts'
import { type Emission, emitWeights } from '../../validator/emit.ts'
import type { Standings } from '../../validator/scoring/season/standings.ts'
import type { Database } from '../../validator/store/database.ts'
import { emissions, settlements } from '../../validator/store/schema.ts'
import { freshDatabase } from '../support/database.ts'
import { signerNamed } from '../support/miner.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase()
})
beforeEach(async () => {
  await database.db.execute(sql`truncate settlements, emissions, events`)
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const START = '2026-06-01T00:00:00Z'

/** A chain whose clock the test turns, and who counts what is sent. */
async function open() {
  const signer = await signerNamed('validator')
  let block = 1000
  const real = openOfflineChain(
    { netuid: 2, start: START, seed: 's', isOpen: true },
    () => new Date(Date.parse(START) + block * 12_000),
  )
  const sent: Weights[] = []
  let fails: 'never' | 'before' | 'after' = 'never'
  const chain: Chain = {
    ...real,
    async setWeights(netuid, by, weights) {
      sent.push(weights)
      if (fails === 'before') throw new Error('the machine died')
      await real.setWeights(netuid, by, weights)
      if (fails === 'after') throw new Error('the machine died')
    },
  }
  return {
    sent,
    emit: (): Promise<Emission> => emitWeights({ database, chain, netuid: 2, signer }),
    later: (blocks: number) => (block += blocks),
    fail: (how: typeof fails) => (fails = how),
    onChain: async () => (await real.weights(2, signer.address))?.weights,
  }
}

async function settle(window: number, weights: Weights): Promise<void> {
  const standings = { window, pay: { weights, lines: [], burned: 0 } } as unknown as Standings
  await database.db.insert(settlements).values({ window, block: 1, standings })
}

describe('weights on their way to the chain', () => {
  test('nothing is sent before a window is settled', async () => {
    const { emit, sent } = await open()
    expect(await emit()).toEqual({ kind: 'none' })
    expect(sent).toEqual([])
  })

  test('are sent once, and believed when the chain says so', async () => {
    const { emit, sent, onChain } = await open()
    await settle(7, [
      [0, 52_428],
      [3, 13_107],
    ])

    expect(await emit()).toMatchObject({ kind: 'waiting', window: 7 })
    expect(await emit()).toEqual({ kind: 'confirmed', window: 7, isNew: true })
    expect(await emit()).toEqual({ kind: 'confirmed', window: 7, isNew: false })
    expect(sent).toHaveLength(1)
    expect(await onChain()).toEqual([
      [0, 52_428],
      [3, 13_107],
    ])
  })

  test('who dies after sending finds them on the chain, and does not send again', async () => {
    const { emit, sent, fail } = await open()
    await settle(7, [[0, 65_535]])
    fail('after')
    await expect(emit()).rejects.toThrow('the machine died')
    fail('never')

    expect(await emit()).toMatchObject({ kind: 'confirmed' })
    expect(sent).toHaveLength(1)
  })

  test('who dies before sending waits until nothing can arrive any more, then sends', async () => {
    const { emit, sent, fail, later } = await open()
    await settle(7, [[0, 65_535]])
    fail('before')
    await expect(emit()).rejects.toThrow('the machine died')
    fail('never')

    expect(await emit()).toMatchObject({
      kind: 'waiting',
      why: 'sent at block 1000, and not on the chain yet',
    })
    later(64)
    expect(await emit()).toMatchObject({ kind: 'waiting' })
    expect(sent).toHaveLength(1)
    later(1)
    expect(await emit()).toMatchObject({ why: 'what was sent at block 1000 never arrived' })
    await emit()
    expect(await emit()).toMatchObject({ kind: 'confirmed' })
    expect(sent).toHaveLength(2)
  })

  test('a refusal is said, and what is refused is tried again', async () => {
    const { emit, later } = await open()
    await settle(7, [[0, 65_535]])
    await emit()
    await emit()
    await settle(8, [[1, 65_535]])

    expect(await emit()).toMatchObject({ why: expect.stringContaining('wait until block 1100') })
    later(100)
    await emit()
    expect(await emit()).toMatchObject({ kind: 'confirmed', window: 8 })
  })

  test('of two processes one sends', async () => {
    const { emit, sent } = await open()
    await settle(7, [[0, 65_535]])

    await Promise.all([emit(), emit(), emit()])

    expect(sent).toHaveLength(1)
    expect((await database.db.select().from(emissions))[0]).toMatchObject({ window: 7 })
  })
})
