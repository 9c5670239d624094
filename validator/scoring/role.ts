import { z } from 'zod'

/** Who an agent stands for: a miner; the public state of the art, ours or another subnet's, which nobody is paid for. */
export const Role = z.enum(['miner', 'reference', 'mirror'])
export type Role = z.infer<typeof Role>
