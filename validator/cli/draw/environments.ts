import fs from 'node:fs'
import path from 'node:path'
import type { Affinetes } from '../../../task-bank/affinetes.ts'
import { supplyOf } from '../../../task-bank/draw/supply.ts'
import { type Native, sharesOf } from '../../../task-bank/environments.ts'
import { loadEnvironments, loadPool } from '../../draws/pool-files.ts'
import { ENVIRONMENTS } from '../places.ts'
import { asJson, counted, oneLine } from '../text.ts'

/** `arete task environments`. */
export function environments(file: string | undefined, options: { json?: true | undefined }): number {
  const declarations = file ?? ENVIRONMENTS
  const declared = loadEnvironments(declarations)
  const shares = sharesOf(declared)
  const rows = Object.entries(declared.environments).map(([id, environment]) => {
    const share = shares.get(id)!
    if (environment.protocol !== 'native') return { id, ...environment, share }
    const pool = path.resolve(path.dirname(declarations), environment.pool)
    return { id, ...environment, pool, share, windowsLeft: windowsOf(pool) }
  })
  if (options.json) console.log(asJson(rows))
  else {
    const width = Math.max(...rows.map(({ id }) => id.length))
    for (const row of rows) {
      const { id, netuid, share, draw, about } = row
      console.log(
        `${id.padEnd(width)}  ${String(netuid).padEnd(5)}  ${(100 * share).toFixed(1).padStart(5)} %  ${String(draw).padStart(4)} in a draw  ${suppliesOf(row)}  ${oneLine(about, 60)}`.trimEnd(),
      )
    }
  }
  return 0
}

/** How long its tasks last, and what judges them. */
function suppliesOf(
  row:
    | (Pick<Native, 'protocol' | 'runners'> & { readonly windowsLeft: number | null })
    | Pick<Affinetes, 'protocol' | 'tasks' | 'image'>,
): string {
  if (row.protocol === 'affinetes')
    return `${counted(row.tasks[1] - row.tasks[0], 'id')}  ${oneLine(row.image, 60)}`
  return `${row.windowsLeft === null ? 'no pool' : counted(row.windowsLeft, 'window')}  ${row.runners.join(', ')}`
}

function windowsOf(file: string): number | null {
  if (!fs.existsSync(file)) return null
  const { pool, ledger } = loadPool(file)
  return supplyOf(pool, ledger).windowsLeft
}
