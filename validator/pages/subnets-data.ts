import { z } from 'zod'

/** One subnet as its page shows it. Amounts in whole tao or alpha, shares from 0 to 1. */
export const SubnetRow = z.object({
  netuid: z.int(),
  name: z.string(),
  symbol: z.string(),
  /** Environments of the arena belong to it. */
  isOurs: z.boolean(),
  emissionShare: z.number(),
  price: z.number(),
  /** In the pool. */
  tao: z.number(),
  alpha: z.number(),
  /** Tao that came into the pool over a window, without what blocks put there; null if no snapshot is that old. */
  flows: z.object({ day: z.number().nullable(), week: z.number().nullable() }),
  /** Of the price over the same windows, as a part of what it was. */
  changes: z.object({ day: z.number().nullable(), week: z.number().nullable() }),
  volume: z.number(),
  /** Traded over a day, in tao. */
  traded: z.number().nullable(),
  miners: z.int(),
  validators: z.int(),
  uids: z.int(),
  tempo: z.int(),
  /** Part of the miners' pay that is burned; null if the chain does not say. */
  burned: z.number().nullable(),
  /** What registering costs, in tao. */
  cost: z.number(),
  registrations: z.int(),
  registeredAt: z.int(),
  /** Prices of snapshots, the oldest first. */
  prices: z.array(z.number()),
  isActive: z.boolean(),
  /** What tells that, in words. */
  signals: z.array(z.string()),
})
export type SubnetRow = z.infer<typeof SubnetRow>

export const SubnetsPage = z.object({
  /** null if the chain was never read. */
  block: z.int().nullable(),
  at: z.string().nullable(),
  rows: z.array(SubnetRow),
  /** How unevenly emission and pools are spread: of the five and ten largest, and Gini's coefficient. */
  concentration: z.object({
    emission: z.object({ five: z.number(), ten: z.number(), gini: z.number() }),
    pools: z.object({ five: z.number(), ten: z.number(), gini: z.number() }),
  }),
  /** Gini's coefficient of the pools over the snapshots that there are, the oldest first. */
  trend: z.array(
    z.object({ block: z.int(), at: z.string(), gini: z.number(), five: z.number(), active: z.int() }),
  ),
})
export type SubnetsPage = z.infer<typeof SubnetsPage>
