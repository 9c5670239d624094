import { findOpenness, type Openness } from '../intake/openness.ts'
import type { WebContext } from './context.ts'

/** How long a block takes where nobody says otherwise. */
const SECONDS_PER_BLOCK = 12

/** Whether results are for everybody at once: only where the tasks are, too. */
export function isAtOnce({ openness, network, pools }: WebContext['config']): boolean {
  return openness === undefined ? network === 'local' && pools.length === 0 : openness === 'at-once'
}

/** Whether everybody may know what belongs to a window by now. */
export async function opennessNow(
  context: WebContext,
): Promise<(window: number, opens?: Date | null) => Openness> {
  if (isAtOnce(context.config)) return () => ({ kind: 'open' })
  const { number: block } = await context.intake.chain.head()
  const now = { block, time: context.intake.now(), secondsPerBlock: SECONDS_PER_BLOCK }
  return (window, opens = null) => findOpenness({ window, opens }, context.config.window.blocks, now)
}
