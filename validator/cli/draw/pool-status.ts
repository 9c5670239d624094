import colors from 'picocolors'
import { supplyOf } from '../../../task-bank/draw/supply.ts'
import { loadPool } from '../../draws/pool-files.ts'
import { asJson, counted } from '../text.ts'

/** `arete task pool status`: exit code 1 if no window can be drawn from it any more. */
export function status(file: string, options: { json?: true | undefined }): number {
  const { pool, ledger } = loadPool(file)
  const supply = supplyOf(pool, ledger)
  const { root, terms } = pool.commitment
  if (options.json) {
    const states = ledger.states.map((state, number) => ({ number, ...state }))
    console.log(asJson({ root, terms, ...supply, warning: supply.warning ?? null, states }))
  } else {
    console.log(`${terms.environment}  root ${root}
  ${counted(supply.total, 'task')}: ${supply.fresh} fresh, ${supply.live} live, ${supply.retired} retired
  ${terms.draw} in a draw, ${supply.perWindow} taken by a window, minimum ${terms.minimum}: lasts for ${counted(supply.windowsLeft, 'window')}`)
    if (supply.warning !== undefined) console.error(`${colors.yellow('warning')} ${supply.warning}`)
  }
  return supply.windowsLeft > 0 ? 0 : 1
}
