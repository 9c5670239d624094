import { findMirrors } from '../mirrors/keep.ts'
import type { MirrorsPage } from '../pages/mirrors.ts'
import type { WebContext } from './context.ts'

/** Boards of other subnets as they were read last. */
export async function findMirrorsPage({ intake }: WebContext): Promise<MirrorsPage> {
  const found = await findMirrors(intake.database.db)
  return {
    mirrors: found.map(({ source, origin, taken, digest, board: { netuid, block, entries } }) => ({
      ...{ source, netuid, origin, taken: taken.toISOString(), digest, block, entries },
    })),
  }
}
