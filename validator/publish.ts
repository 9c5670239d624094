import fs from 'node:fs'
import path from 'node:path'
import { CERTIFICATE_FILE } from '../task-bank/certificate.ts'
import { digestTask, listTaskFiles } from '../task-bank/digest.ts'
import { checkProof } from '../task-bank/draw/check-proof.ts'
import type { Draw } from '../task-bank/draw/draw.ts'
import type { Pool } from '../task-bank/draw/pool.ts'
import { buildProof, type Proof, renderProof } from '../task-bank/draw/proof.ts'
import type { Secrets } from '../task-bank/draw/secrets.ts'
import { PoolError } from './pool-files.ts'

const TASKS = 'tasks'
const BESIDE = [CERTIFICATE_FILE, 'lift.json']

/**
 * Writes what anybody needs to check the draws of a window: their proofs, with the salts, and the tasks in them as they are.
 *
 * @throws PoolError if a task is not what was committed any more
 */
export function writePublication(pool: Pool, secrets: Secrets, window: number, folder: string): number {
  const draws = pool.draws.map(({ draw }) => draw)
  const numbers = new Set<number>()
  fs.mkdirSync(path.join(folder, TASKS), { recursive: true })
  for (const [index, record] of pool.draws.entries()) {
    if (record.draw.window !== window) continue
    const proof = buildProof(pool.commitment, secrets, { ...record, earlier: draws.slice(0, index) })
    if (proof === undefined) throw new PoolError('the secrets', ['they are not those of the pool'])
    fs.writeFileSync(path.join(folder, proofName(record.draw)), renderProof(proof))
    for (const number of record.numbers) numbers.add(number)
  }
  for (const number of numbers) copyTask(secrets.tasks[number]!, number, folder)
  return numbers.size
}

/** What a published folder shows: the proofs in it that hold, and everything that is not as they say. */
export function checkPublication(folder: string): {
  readonly proofs: readonly Proof[]
  readonly mistakes: readonly string[]
} {
  const proofs: Proof[] = []
  const mistakes: string[] = []
  for (const name of fs
    .readdirSync(folder)
    .filter(one => one.endsWith('.json'))
    .sort()) {
    const checked = checkProof(fs.readFileSync(path.join(folder, name), 'utf8'))
    if ('proof' in checked) proofs.push(checked.proof)
    else mistakes.push(...checked.mistakes.map(mistake => `${name}: ${mistake}`))
  }
  if (proofs.length + mistakes.length === 0) return { proofs, mistakes: ['there is no proof in it'] }
  if (new Set(proofs.map(({ commitment, draw }) => `${commitment.root} ${draw.window}`)).size > 1)
    mistakes.push('its proofs are of more than one pool or window')
  return { proofs, mistakes: [...mistakes, ...checkTasks(folder, proofs)] }
}

/** Each task that was drawn is there as it was committed, and nothing else is. */
function checkTasks(folder: string, proofs: readonly Proof[]): string[] {
  const drawn = new Map(proofs.flatMap(({ tasks }) => tasks.map(({ digest, number }) => [digest, number])))
  const tasks = path.join(folder, TASKS)
  const names = fs.existsSync(tasks) ? fs.readdirSync(tasks) : []
  const there = new Map(names.map(name => [digestTask(path.join(tasks, name)), name]))
  const missing = [...drawn].filter(([digest]) => !there.has(digest))
  const strange = [...there].filter(([digest]) => !drawn.has(digest))
  return [
    ...missing.map(([, number]) => `task ${number} was drawn, and is missing or changed`),
    ...strange.map(([, name]) => `${TASKS}/${name}: was not drawn, or is changed`),
  ]
}

/** Name of the file of a draw's proof. */
function proofName(draw: Draw): string {
  switch (draw.kind) {
    case 'window':
      return 'draw.json'
    case 'confirmation':
      return `confirmation-${draw.codes.map(code => code.slice(0, 12)).join('-')}.json`
  }
}

function copyTask(task: Secrets['tasks'][number], number: number, folder: string): void {
  if (!fs.existsSync(task.folder) || digestTask(task.folder) !== task.digest)
    throw new PoolError(task.folder, [
      `it is not the task "${task.name}" that was committed: it is gone, or a file of it was changed`,
    ])
  const target = path.join(folder, TASKS, `${String(number).padStart(6, '0')}-${path.basename(task.folder)}`)
  for (const name of [...listTaskFiles(task.folder), ...BESIDE]) {
    const source = path.join(task.folder, name)
    if (!fs.existsSync(source)) continue
    fs.mkdirSync(path.dirname(path.join(target, name)), { recursive: true })
    fs.copyFileSync(source, path.join(target, name))
  }
}
