import fs from 'node:fs'
import path from 'node:path'
import { supplyOf } from '../../task-bank/draw/supply.ts'
import { sharesOf } from '../../task-bank/environments.ts'
import { loadEnvironments, loadPool } from '../pool-files.ts'
import { ENVIRONMENTS } from './places.ts'
import { asJson, counted, oneLine } from './text.ts'

/** `arete task environments`. */
export function environments(file: string | undefined, options: { json?: true | undefined }): number {
  const declarations = file ?? ENVIRONMENTS
  const declared = loadEnvironments(declarations)
  const shares = sharesOf(declared)
  const rows = Object.entries(declared.environments).map(([id, environment]) => {
    const pool = path.resolve(path.dirname(declarations), environment.pool)
    return { id, ...environment, pool, share: shares.get(id)!, windowsLeft: windowsOf(pool) }
  })
  if (options.json) console.log(asJson(rows))
  else {
    const width = Math.max(...rows.map(({ id }) => id.length))
    for (const { id, netuid, share, runners, draw, windowsLeft, about } of rows)
      console.log(
        `${id.padEnd(width)}  ${String(netuid).padEnd(5)}  ${(100 * share).toFixed(1).padStart(5)} %  ${String(draw).padStart(4)} in a draw  ${windowsLeft === null ? 'no pool' : counted(windowsLeft, 'window')}  ${runners.join(', ')}  ${oneLine(about, 60)}`.trimEnd(),
      )
  }
  return 0
}

function windowsOf(file: string): number | null {
  if (!fs.existsSync(file)) return null
  const { pool, ledger } = loadPool(file)
  return supplyOf(pool, ledger).windowsLeft
}
