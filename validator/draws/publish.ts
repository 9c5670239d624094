import fs from 'node:fs'
import path from 'node:path'
import { CERTIFICATE_FILE } from '../../task-bank/certificate.ts'
import { digestTask, listTaskFiles } from '../../task-bank/digest.ts'
import { checkProof } from '../../task-bank/draw/check-proof.ts'
import type { Draw } from '../../task-bank/draw/draw.ts'
import type { Pool } from '../../task-bank/draw/pool.ts'
import { buildProof, type Proof, renderProof } from '../../task-bank/draw/proof.ts'
import { parseTask, type Secrets } from '../../task-bank/draw/secrets.ts'
import { checkShape } from '../../task-bank/shape.ts'

const BESIDE = [CERTIFICATE_FILE, 'lift.json']

/**
 * Writes what anybody needs to check the draws of a window: their proofs, with the salts, and the tasks in them as they are.
 *
 * @returns the number of tasks, or what is wrong with the secrets or with the tasks
 */
export function writePublication(
  pool: Pool,
  secrets: Secrets,
  { window, folder }: { readonly window: number; readonly folder: string },
): { readonly count: number } | { readonly mistakes: readonly string[] } {
  const draws = pool.draws.map(({ draw }) => draw)
  const numbers = new Set<number>()
  const tasks = path.join(folder, pool.commitment.terms.environment)
  fs.mkdirSync(tasks, { recursive: true })
  for (const [index, record] of pool.draws.entries()) {
    if (record.draw.window !== window) continue
    const built = buildProof(pool.commitment, secrets, { ...record, earlier: draws.slice(0, index) })
    if ('mistakes' in built) return built
    fs.writeFileSync(path.join(folder, proofName(record.draw)), renderProof(built.proof))
    for (const number of record.numbers) numbers.add(number)
  }
  const mistakes = [...numbers].flatMap(number => copyTask(secrets, number, tasks))
  return mistakes.length > 0 ? { mistakes } : { count: numbers.size }
}

/** What a published folder shows: the proofs in it that hold, and everything that is not as they say. */
export function checkPublication(folder: string): {
  readonly proofs: readonly Proof[]
  readonly mistakes: readonly string[]
} {
  const proofs: Proof[] = []
  const mistakes: string[] = []
  for (const name of namesIn(folder, entry => entry.isFile() && entry.name.endsWith('.json'))) {
    const checked = checkProof(fs.readFileSync(path.join(folder, name), 'utf8'))
    if ('proof' in checked) proofs.push(checked.proof)
    else mistakes.push(...checked.mistakes.map(mistake => `${name}: ${mistake}`))
  }
  if (proofs.length + mistakes.length === 0) mistakes.push('there is no proof in it')
  if (new Set(proofs.map(({ commitment, draw }) => `${commitment.root} ${draw.window}`)).size > 1)
    mistakes.push('its proofs are of more than one pool or window')
  return { proofs, mistakes: [...mistakes, ...checkComplete(proofs), ...checkTasks(folder, proofs)] }
}

/** Whoever publishes a window publishes all draws of it that its proofs know of. */
function checkComplete(proofs: readonly Proof[]): string[] {
  const shown = new Set(proofs.map(({ draw }) => JSON.stringify(draw)))
  const known = proofs.flatMap(({ earlier, draw }) => earlier.filter(({ window }) => window === draw.window))
  return [...new Set(known.map(draw => JSON.stringify(draw)))]
    .filter(draw => !shown.has(draw))
    .map(draw => `there is no proof of the draw ${draw}`)
}

/** Each task that was drawn is there as it was committed, and nothing else is. */
function checkTasks(folder: string, proofs: readonly Proof[]): string[] {
  const drawn = new Map(proofs.flatMap(({ tasks }) => tasks.map(({ digest, number }) => [digest, number])))
  const there = new Map(
    namesIn(folder, entry => entry.isDirectory()).flatMap(environment =>
      namesIn(path.join(folder, environment), () => true).map(name => {
        const place = `${environment}/${name}`
        return [digestPublished(path.join(folder, place)) ?? place, place]
      }),
    ),
  )
  const missing = [...drawn].filter(([digest]) => !there.has(digest))
  const strange = [...there].filter(([digest]) => !drawn.has(digest))
  return [
    ...missing.map(([, number]) => `task ${number} was drawn, and is missing or changed`),
    ...strange.map(([, place]) => `${place}: was not drawn, or is changed`),
  ]
}

/** Undefined where what seems a task may lie elsewhere. */
function digestPublished(folder: string): string | undefined {
  return fs.lstatSync(folder).isDirectory() && checkShape(folder).length === 0
    ? digestTask(folder)
    : undefined
}

function namesIn(folder: string, wanted: (entry: fs.Dirent) => boolean): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(wanted)
    .map(({ name }) => name)
    .sort()
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

function copyTask(secrets: Secrets, number: number, tasks: string): readonly string[] {
  const parsed = parseTask(secrets, number)
  if ('mistakes' in parsed) return parsed.mistakes
  const { folder: from, digest } = parsed.task
  if (!fs.existsSync(from)) return [`line ${number + 2}: folder: there is no ${from}`]
  if (digestTask(from) !== digest)
    return [
      `line ${number + 2}: ${from} was changed since: a published task must be the one that was committed`,
    ]
  const name = path.basename(from)
  const target = path.join(tasks, fs.existsSync(path.join(tasks, name)) ? `${name}-${number}` : name)
  for (const file of [...listTaskFiles(from), ...BESIDE]) {
    const source = path.join(from, file)
    if (!fs.existsSync(source)) continue
    fs.mkdirSync(path.dirname(path.join(target, file)), { recursive: true })
    fs.copyFileSync(source, path.join(target, file))
  }
  return []
}
