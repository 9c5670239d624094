import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { isCertified } from '../../../task-bank/certificate.ts'
import { commitPool } from '../../../task-bank/draw/commit.ts'
import { checkCommitment, type Terms } from '../../../task-bank/draw/commitment.ts'
import type { Native } from '../../../task-bank/environments.ts'
import type { Task } from '../../../task-bank/task.ts'
import {
  loadEnvironments,
  loadPool,
  loadSecrets,
  savePool,
  saveSecrets,
  secretTask,
} from '../../draws/pool-files.ts'
import { UsageError } from '../errors.ts'
import { ENVIRONMENTS, secretsFile, shown } from '../places.ts'
import { loadShown } from '../task/loading.ts'
import { asJson, counted, oneLine } from '../text.ts'

export interface CommitOptions {
  readonly env: string
  readonly before: number
  readonly environments?: string | undefined
  readonly out?: string | undefined
  readonly secrets?: string | undefined
  /** Public file of the pool that this one follows. */
  readonly after?: string | undefined
  readonly json?: true | undefined
}

/** `arete task pool commit`. */
export function commit(folders: readonly string[], options: CommitOptions): number {
  const declarations = options.environments ?? ENVIRONMENTS
  const { environments, window_blocks, delta } = loadEnvironments(declarations)
  const environment = environments[options.env]
  if (environment === undefined)
    throw new UsageError(
      `Cannot make a pool of "${options.env}": ${shown(declarations)} declares ${Object.keys(environments).join(', ')}`,
    )
  if (environment.protocol !== 'native')
    throw new UsageError(
      `Cannot make a pool of "${options.env}": its tasks are ids of its own image, and no folders`,
    )
  const out = options.out ?? path.resolve(path.dirname(declarations), environment.pool)
  const secret = options.secrets ?? secretsFile(out)
  for (const file of [out, secret])
    if (fs.existsSync(file))
      throw new UsageError(`Cannot write ${shown(file)}: it exists, and a commitment stands`)

  const tasks = loadShown(folders)
  checkTasks(tasks, options.env, environment)
  if (options.after !== undefined) checkFresh(tasks, options.after)
  const terms: Terms = {
    environment: options.env,
    before: options.before,
    delta,
    windowBlocks: window_blocks,
    draw: environment.draw,
    confirmation: environment.confirmation,
    minimum: environment.minimum,
  }
  const candidates = tasks.map(({ name, folder, digest, repository }) => ({
    name,
    folder,
    digest,
    repository: repository ?? name,
    salt: newSalt(),
  }))
  const { commitment, secrets } = commitPool(terms, candidates, newSalt)
  const mistakes = checkCommitment(commitment)
  if (mistakes.length > 0)
    throw new UsageError(`Cannot make a pool of these tasks:\n${mistakes.map(one => `  ${one}`).join('\n')}`)

  saveSecrets(secret, secrets)
  savePool(out, { format: 'arete/pool/v1', commitment, draws: [], published: [] })
  const { root } = commitment
  const firstWindow = Math.ceil((options.before + delta) / window_blocks)
  if (options.json)
    console.log(
      asJson({
        root,
        tasks: tasks.length,
        strata: commitment.strata.length,
        firstWindow,
        pool: out,
        secrets: secret,
      }),
    )
  else
    console.log(`Committed ${counted(tasks.length, 'task')} of ${commitment.strata.length} ${commitment.strata.length === 1 ? 'repository' : 'repositories'}.
  root     ${root}
  public   ${shown(out)}: tell the root before block ${options.before}, and give this file to anybody
  secret   ${shown(secret)}: keep it; whoever has it knows what may be drawn
  first    window ${firstWindow}, drawn with the hash of block ${firstWindow * window_blocks}`)
  return 0
}

/** What no draw could use, or should. */
function checkTasks(tasks: readonly Task[], id: string, { runners }: Native): void {
  const seen = new Set<string>()
  const reasons = tasks.flatMap(task => {
    const twin = seen.has(task.digest)
    seen.add(task.digest)
    const { kind } = task.verifier.runner
    const reason =
      task.environment !== id
        ? `it belongs to ${task.environment}`
        : !runners.includes(kind)
          ? `its runner is ${kind}, and the environment allows ${runners.join(', ')}`
          : !isCertified(task)
            ? `it has no valid certificate: arete task check ${shown(task.folder)}`
            : twin
              ? 'it is the same as another one'
              : undefined
    return reason === undefined ? [] : [`  ${oneLine(task.name, 64)}: ${oneLine(reason, 200)}`]
  })
  if (reasons.length > 0)
    throw new UsageError(`Cannot put these into a pool of ${id}:\n${reasons.join('\n')}`)
}

/** A task that was drawn once is known; under a new salt it would look fresh. */
function checkFresh(tasks: readonly Task[], file: string): void {
  const { ledger } = loadPool(file)
  const secretFile = secretsFile(file)
  const secrets = loadSecrets(secretFile)
  const known = ledger.states.flatMap((state, number) =>
    state.kind === 'fresh' ? [] : [secretTask(secrets, number, secretFile)],
  )
  const [digests, names] = [new Set(known.map(one => one.digest)), new Set(known.map(one => one.name))]
  const drawn = tasks.filter(task => digests.has(task.digest) || names.has(task.name))
  if (drawn.length > 0)
    throw new UsageError(
      `Cannot commit tasks that were drawn from ${shown(file)}:\n${drawn.map(task => `  ${oneLine(task.name, 64)}`).join('\n')}`,
    )
}

function newSalt(): string {
  return randomBytes(32).toString('hex')
}
