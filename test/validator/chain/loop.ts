import { eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Chain } from '../../../validator/chain/chain.ts'
import { type Emission, emitWeights } from '../../../validator/chain/emit.ts'
import type { Signer } from '../../../validator/intake/signature.ts'
import { settleDue } from '../../../validator/settle.ts'
import { settlements, submissions } from '../../../validator/store/schema.ts'
import { idlePack } from '../../support/miner.ts'
import { openScene, type Scene } from '../../support/validator.ts'
import { layFacts, layVerdict } from '../../support/verdicts.ts'

/** A chain on which `ann` and `bob` are miners, and a validator holds a permit. */
export interface LoopCase {
  readonly chain: Chain
  readonly netuid: number
  readonly validator: Signer
  readonly ann: string
  readonly bob: string
  readonly advance: (blocks: number) => Promise<void>
  readonly during: <T>(work: () => Promise<T>) => Promise<T>
}

/** The whole way: what two miners hand in is judged and settled, goes on the chain as weights, and pays the better one. */
export function closesTheLoop(name: string, open: () => Promise<LoopCase>): void {
  describe(`${name} closes the loop`, () => {
    let scene: Scene
    beforeAll(async () => {
      scene = await openScene()
    })
    afterAll(async () => {
      await scene[Symbol.asyncDispose]()
    })

    test('submission, verdicts, settlement, weights, epoch, pay of the better miner', async () => {
      const { chain, netuid, validator, ann, bob, advance, during } = await open()
      const { database, jobs } = scene
      const [good, bad] = [await submit('ann'), await submit('bob')]
      for (const [task, verdict] of [
        ['a', 'solved'],
        ['b', 'solved'],
        ['c', 'unsolved'],
      ] as const)
        await lay(good, task, verdict)
      for (const [task, verdict] of [
        ['a', 'unsolved'],
        ['b', 'solved'],
        ['c', 'unsolved'],
      ] as const)
        await lay(bad, task, verdict)
      await database.db
        .update(submissions)
        .set({ state: 'passed' })
        .where(inArray(submissions.id, [good, bad]))
      await layFacts(database)

      const [settled] = await settleDue({
        ...{ database, jobs, chain, netuid },
        windowBlocks: 1,
        mostVoided: 0.02,
      })
      expect(settled).toMatchObject({ kind: 'settled', window: 35 })
      const [row] = await database.db.select().from(settlements).where(eq(settlements.window, 35))
      expect(row!.standings!.reigns.map(({ submission }) => submission)).toEqual([good])
      const uidOf = async (hotkey: string) => (await chain.neuron(netuid, hotkey))!.uid
      expect(row!.standings!.pay.weights).toEqual([
        [0, 52_428],
        [await uidOf(ann), 13_107],
      ])

      const emissions: Emission['kind'][] = []
      for (let times = 0; times < 60 && emissions.at(-1) !== 'confirmed'; times++) {
        const emission = await during(() => emitWeights({ database, chain, netuid, signer: validator }))
        emissions.push(emission.kind)
        if (emission.kind === 'waiting') await advance(1)
      }
      expect(emissions.at(-1)).toBe('confirmed')
      await advance(23)

      const { members } = (await chain.metagraph(netuid))!
      const [better, worse] = [members[await uidOf(ann)]!, members[await uidOf(bob)]!]
      expect(better.incentive).toBeCloseTo(0.2, 2)
      expect(better.emission).toBeGreaterThan(0n)
      expect(members[0]!.incentive).toBeCloseTo(0.8, 2)
      expect([worse.incentive, worse.emission]).toEqual([0, 0n])
    })

    async function submit(miner: string): Promise<string> {
      return await scene.submit(miner, await idlePack(miner))
    }

    async function lay(submission: string, task: string, verdict: 'solved' | 'unsolved'): Promise<void> {
      const about = { submission, name: `${submission} ${task}`, task, window: 35, verdict }
      await layVerdict(scene.database, scene.blobs, about)
    }
  })
}
