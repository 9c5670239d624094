import fs from 'node:fs'
import { z } from 'zod'
import { type SetWeights, type Weights, WeightsRefused } from './weights.ts'

const Kept = z.record(
  z.string(),
  z.strictObject({ block: z.int().min(0), weights: z.array(z.tuple([z.int().min(0), z.int().min(0)])) }),
)

/** Blocks that have to lie between two settings of one hotkey. */
const RATE_LIMIT = 100

export interface OfflineWeights {
  readonly read: (hotkey: string) => SetWeights | undefined
  /** @throws WeightsRefused */
  readonly set: (hotkey: string, block: number, weights: Weights) => void
}

/** @param file - where they are kept; undefined for only as long as the process lives */
export function openOfflineWeights(file: string | undefined): OfflineWeights {
  let memory: z.infer<typeof Kept> = {}
  const load = (): z.infer<typeof Kept> =>
    file !== undefined && fs.existsSync(file) ? Kept.parse(JSON.parse(fs.readFileSync(file, 'utf8'))) : memory
  return {
    read: hotkey => load()[hotkey],
    set(hotkey, block, weights) {
      const all = load()
      const before = all[hotkey]
      if (before !== undefined && block < before.block + RATE_LIMIT)
        throw new WeightsRefused(
          'too-soon',
          `Weights were set in block ${before.block}: wait until block ${before.block + RATE_LIMIT}, it is ${block}`,
        )
      memory = { ...all, [hotkey]: { block, weights: weights.map(([uid, weight]) => [uid, weight]) } }
      if (file === undefined) return
      const fresh = `${file}.${process.pid}`
      fs.writeFileSync(fresh, JSON.stringify(memory))
      fs.renameSync(fresh, file)
    },
  }
}
