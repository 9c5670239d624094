import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import type { Chain } from '../../../validator/chain/chain.ts'
import { type Emission, emitWeights } from '../../../validator/chain/emit.ts'
import type { OfflineChain } from '../../../validator/chain/offline/definition.ts'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { firstBlockOf } from '../../../validator/chain/schedule.ts'
import type { Sealed } from '../../../validator/chain/sealed.ts'
import type { Weights } from '../../../validator/chain/weights.ts'
import type { Standings } from '../../../validator/scoring/season/standings.ts'
import type { Database } from '../../../validator/store/database.ts'
import { emissions, settlements } from '../../../validator/store/schema.ts'
import { freshDatabase } from '../../support/database.ts'
import { signerNamed } from '../../support/miner.ts'

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

type Rules = NonNullable<z.input<typeof OfflineChain>['rules']>

/** A chain whose clock the test turns, and who counts what is sent. */
async function open(rules: Rules = {}, mechanism = 0) {
  const signer = await signerNamed('validator')
  let block = 1000
  const neurons = [{ hotkey: signer.address, coldkey: signer.address, isValidator: true }]
  const more = await Promise.all([1, 2, 3, 4].map(async one => (await signerNamed(`miner ${one}`)).address))
  const real = openOfflineChain(
    {
      ...{ netuid: 2, start: START, seed: 's', rules },
      neurons: [...neurons, ...more.map(hotkey => ({ hotkey, coldkey: hotkey }))],
    },
    () => new Date(Date.parse(START) + block * 12_000),
  )
  const sent: Sealed[] = []
  let fails: 'never' | 'before' | 'after' = 'never'
  const chain: Chain = {
    ...real,
    async submitWeights(sealed, by, reveal) {
      sent.push(sealed)
      if (fails === 'before') throw new Error('the machine died')
      const submitted = await real.submitWeights(sealed, by, reveal)
      if (fails === 'after') throw new Error('the machine died')
      return submitted
    },
  }
  return {
    sent,
    emit: (): Promise<Emission> => emitWeights({ database, chain, netuid: 2, mechanism, signer }),
    later: (blocks: number) => (block += blocks),
    until: (at: number) => (block = at),
    fail: (how: typeof fails) => (fails = how),
    onChain: async (of = mechanism) => (await real.weights(2, signer.address, of))?.weights,
    schedule: async () => (await real.weightState(2, signer.address)).schedule,
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
      [0, 65_535],
      [3, 16_384],
    ])
  })

  test('are for the mechanism that the operator names, and leave the others alone', async () => {
    const { emit, onChain } = await open({ mechanisms: 2 }, 1)
    await settle(7, [[3, 65_535]])
    await emit()

    expect(await emit()).toMatchObject({ kind: 'confirmed' })
    expect([await onChain(1), await onChain(0)]).toEqual([[[3, 65_535]], undefined])
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

  test('what speaks against them is said in sentences, and nothing is sent', async () => {
    const { emit, sent } = await open()
    await settle(7, [[9, 65_535]])

    expect(await emit()).toMatchObject({
      kind: 'waiting',
      why: expect.stringMatching(/settle again with the present uids/),
    })
    expect(sent).toEqual([])
  })
})

describe('weights that are committed first', () => {
  test('are revealed by the chain, and believed only when they are there', async () => {
    const { emit, sent, until, onChain, schedule } = await open({ commitReveal: true })
    await settle(7, [[3, 65_535]])
    await emit()
    const [first] = sent
    if (first?.kind !== 'timelocked') throw new Error('it is to be time-locked')
    expect(first.reveal).toBe(firstBlockOf(await schedule(), 3))
    expect(await emit()).toMatchObject({
      kind: 'waiting',
      why: expect.stringMatching(/committed: the chain reveals them in block/),
    })
    until(first.reveal + 10)

    expect(await emit()).toMatchObject({ kind: 'confirmed', isNew: true })
    expect(await onChain()).toEqual([[3, 65_535]])
    expect(sent).toHaveLength(1)
  })

  test('as a hash are revealed by us, in their epoch and once', async () => {
    const { emit, sent, until } = await open({ commitReveal: true, rounds: false })
    await settle(7, [[3, 65_535]])
    await emit()

    expect(sent[0]).toMatchObject({ kind: 'hash' })
    expect(await emit()).toMatchObject({ why: expect.stringMatching(/they are to be revealed in block/) })
    expect(sent).toHaveLength(1)
    until((sent[0] as Extract<Sealed, { kind: 'hash' }>).reveal + 1)

    expect(await emit()).toMatchObject({ kind: 'waiting', why: expect.stringMatching(/^revealed at block/) })
    expect(await emit()).toMatchObject({ kind: 'confirmed' })
    expect(sent).toHaveLength(2)
  })

  test('who dies after the commit finds it on the chain, and reveals what it hid', async () => {
    const { emit, sent, fail, until } = await open({ commitReveal: true, rounds: false })
    await settle(7, [[3, 65_535]])
    fail('after')
    await expect(emit()).rejects.toThrow('the machine died')
    fail('never')
    expect(await emit()).toMatchObject({ why: expect.stringMatching(/^committed/) })
    until((sent[0] as Extract<Sealed, { kind: 'hash' }>).reveal + 1)
    fail('after')
    await expect(emit()).rejects.toThrow('the machine died')
    fail('never')

    expect(await emit()).toMatchObject({ kind: 'confirmed' })
    expect(sent).toHaveLength(2)
  })

  test('whose epoch goes by without a reveal are lost, said to be, and made again', async () => {
    const { emit, sent, later } = await open({ commitReveal: true, rounds: false })
    await settle(7, [[3, 65_535]])
    await emit()
    await emit()
    later(3 * 360)

    expect(await emit()).toMatchObject({ kind: 'lost', why: expect.stringMatching(/the reveal failed/) })
    await emit()
    expect(sent).toHaveLength(2)
  })
})
