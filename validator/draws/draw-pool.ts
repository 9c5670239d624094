import fs from 'node:fs'
import { blockOf, Draw } from '../../task-bank/draw/draw.ts'
import { buildProof } from '../../task-bank/draw/proof.ts'
import { takeDraw } from '../../task-bank/draw/take.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Part } from './draw-local.ts'
import { loadPool, loadSecrets, PoolError, secretTask, updatePool } from './pool-files.ts'

/** The draw for a duel, but for the hash of its block. */
export function confirmationOf(
  window: number,
  submission: { readonly digest: string; readonly block: number },
  champion: { readonly digest: string },
) {
  const codes = [submission.digest, champion.digest].sort() as [string, string]
  return { kind: 'confirmation' as const, window, committed: submission.block, codes }
}

/** The block whose hash decides a draw of a pool. */
export function blockInPool(file: string, draw: ReturnType<typeof confirmationOf>): number {
  return blockOf(loadPool(file).pool.commitment.terms, { ...draw, blockHash: '' })
}

/**
 * The tasks that a committed pool gives for a draw. It is on record in the pool's file before anybody sees them, so that the same is
 * drawn again after a crash.
 *
 * @throws PoolError if a file of the pool is not what was committed
 */
export function drawFromPool(file: string, raw: Draw): Part[] | { readonly reason: string } {
  const draw = Draw.parse(raw)
  const loaded = loadPool(file)
  const { pool, ledger } = loaded
  const { environment } = pool.commitment.terms
  const taken = takeDraw(pool, ledger, draw)
  if ('reason' in taken) return { reason: `${environment}: ${taken.reason}` }
  const secretsFile = `${file.replace(/\.json$/, '')}.secret.json`
  const secrets = loadSecrets(secretsFile)
  const built = buildProof(pool.commitment, secrets, { earlier: taken.earlier, draw, numbers: taken.numbers })
  if ('mistakes' in built) throw new PoolError(secretsFile, built.mistakes)
  if (taken.pool !== pool) updatePool(loaded, taken.pool)
  const tasks = taken.numbers.map(number => {
    const { folder, digest } = secretTask(secrets, number, secretsFile)
    if (!fs.existsSync(folder))
      throw new PoolError(secretsFile, [`line ${number + 2}: folder: there is no ${folder}`])
    const task = loadHarborTask(folder, process.env)
    if (task.digest !== digest)
      throw new PoolError(secretsFile, [`line ${number + 2}: ${folder} was changed since it was committed`])
    return { ...task, environment }
  })
  return [{ tasks, proof: built.proof }]
}
