import fs from 'node:fs'
import colors from 'picocolors'
import { blockOf, countOf, Draw } from '../../../task-bank/draw/draw.ts'
import type { Pool } from '../../../task-bank/draw/pool.ts'
import { buildProof, renderProof } from '../../../task-bank/draw/proof.ts'
import { supplyOf } from '../../../task-bank/draw/supply.ts'
import { takeDraw } from '../../../task-bank/draw/take.ts'
import {
  loadPool,
  loadSecrets,
  PoolError,
  replaceFile,
  secretTask,
  updatePool,
} from '../../draws/pool-files.ts'
import { UsageError } from '../errors.ts'
import { secretsFile, shown } from '../places.ts'
import { asJson, counted, oneLine } from '../text.ts'

export interface DrawOptions {
  readonly window: number
  readonly blockHash: string
  readonly pool: string
  readonly block?: number | undefined
  readonly env?: string | undefined
  readonly count?: number | undefined
  readonly codes?: readonly string[] | undefined
  readonly committed?: number | undefined
  readonly out?: string | undefined
  readonly secrets?: string | undefined
  readonly json?: true | undefined
}

/** `arete task draw`: exit code 1 if the rules of the draw forbid it. Without `out` nothing is written. */
export function draw(options: DrawOptions): number {
  const loaded = loadPool(options.pool)
  const { pool, ledger } = loaded
  const wanted = parseDraw(options)
  checkWishes(pool, wanted, options)
  const taken = takeDraw(pool, ledger, wanted)
  if ('reason' in taken) {
    console.error(`${colors.red('✘')} Not drawn: ${taken.reason}`)
    return 1
  }
  const { numbers, earlier } = taken
  if (options.out === undefined) {
    if (options.json) console.log(asJson({ block: blockOf(pool.commitment.terms, wanted), numbers }))
    else console.log(`${counted(numbers.length, 'task')} would be drawn, by number: ${numbers.join(', ')}`)
    return 0
  }
  const file = options.secrets ?? secretsFile(options.pool)
  const secrets = loadSecrets(file)
  const built = buildProof(pool.commitment, secrets, { earlier, draw: wanted, numbers })
  if ('mistakes' in built) throw new PoolError(file, built.mistakes)
  const { proof } = built
  const text = renderProof(proof)
  if (fs.existsSync(options.out) && fs.readFileSync(options.out, 'utf8') !== text)
    throw new UsageError(`Cannot write ${shown(options.out)}: it exists, and is not this proof`)
  // On record before anybody sees the proof: a draw that is can be repeated, one that was forgotten cannot.
  updatePool(loaded, taken.pool)
  replaceFile(options.out, text, 0o600)
  const { warning } = supplyOf(taken.pool, taken.ledger)
  const tasks = numbers.map(number => {
    const { name, folder } = secretTask(secrets, number, file)
    return { number, name, folder }
  })
  if (options.json)
    console.log(
      asJson({ block: proof.block, seed: proof.seed, tasks, proof: options.out, warning: warning ?? null }),
    )
  else {
    for (const { number, name } of tasks) console.log(`${String(number).padStart(6)}  ${oneLine(name, 72)}`)
    console.log(
      `Drew ${counted(tasks.length, 'task')} with the hash of block ${proof.block}. ${shown(options.out)} tells which: keep it to yourself until the window is over`,
    )
  }
  if (warning !== undefined) console.error(`${colors.yellow('warning')} ${warning}`)
  return 0
}

function parseDraw({ window, blockHash, codes, committed }: DrawOptions): Draw {
  const hash = `0x${blockHash.replace(/^0x/i, '').toLowerCase()}`
  const parsed = Draw.safeParse(
    codes === undefined
      ? { kind: 'window', window, blockHash: hash }
      : { kind: 'confirmation', window, blockHash: hash, committed, codes: [...codes].sort() },
  )
  if (parsed.success) return parsed.data
  throw new UsageError(
    `Cannot draw:\n${parsed.error.issues.map(({ path: key, message }) => `  ${key.join('.')}: ${message}`).join('\n')}`,
  )
}

/** What the pool has settled may be said again, and not otherwise. */
function checkWishes(
  { commitment: { terms } }: Pool,
  wanted: Draw,
  { block, env, count }: DrawOptions,
): void {
  for (const [option, wish, settled] of [
    ['--env', env, terms.environment],
    ['--count', count, countOf(terms, wanted)],
    ['--block', block, blockOf(terms, wanted)],
  ] as const)
    if (wish !== undefined && wish !== settled)
      throw new UsageError(
        `Cannot draw with ${option} ${wish}: the pool settled ${settled}, and nobody chooses afterwards`,
      )
}
