import fs from 'node:fs'
import path from 'node:path'
import colors from 'picocolors'
import { publish as retire } from '../../../task-bank/draw/ledger.ts'
import { supplyOf } from '../../../task-bank/draw/supply.ts'
import { loadPool, loadSecrets, PoolError, updatePool } from '../../draws/pool-files.ts'
import { checkPublication, writePublication } from '../../draws/publish.ts'
import { UsageError } from '../errors.ts'
import { secretsFile, shown } from '../places.ts'
import { asJson, counted } from '../text.ts'

/** `arete task pool publish`: the folder is there as a whole or not at all, and only then are its tasks retired. */
export function publish(options: {
  pool: string
  window: number
  out: string
  secrets?: string | undefined
  json?: true | undefined
}): number {
  const loaded = loadPool(options.pool)
  const { pool, ledger } = loaded
  const secretFile = options.secrets ?? secretsFile(options.pool)
  const secrets = loadSecrets(secretFile)
  if (!pool.draws.some(({ draw }) => draw.window === options.window))
    throw new UsageError(`Cannot publish window ${options.window}: ${shown(options.pool)} has no draw of it`)
  if (fs.existsSync(options.out))
    throw new UsageError(`Cannot write ${shown(options.out)}: it exists already`)

  const made = `${path.resolve(options.out)}.${process.pid}.new`
  try {
    const written = writePublication(pool, secrets, { window: options.window, folder: made })
    if ('mistakes' in written) throw new PoolError(secretFile, written.mistakes)
    const { count } = written
    const { mistakes } = checkPublication(made)
    if (mistakes.length > 0) throw new PoolError(options.pool, mistakes)
    fs.renameSync(made, options.out)
    const again = pool.published.includes(options.window)
    const published = again ? pool.published : [...pool.published, options.window]
    if (!again) updatePool(loaded, { ...pool, published })
    const supply = supplyOf(pool, again ? ledger : retire(ledger, options.window))
    if (options.json)
      console.log(asJson({ folder: options.out, tasks: count, ...supply, warning: supply.warning ?? null }))
    else
      console.log(`Published ${counted(count, 'task')} of window ${options.window} in ${shown(options.out)}, for practice from now on.
Anybody can check them: arete task draw --verify ${shown(options.out)}`)
    if (supply.warning !== undefined) console.error(`${colors.yellow('warning')} ${supply.warning}`)
    return 0
  } finally {
    fs.rmSync(made, { recursive: true, force: true })
  }
}
