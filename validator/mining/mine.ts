import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { sha256 } from '../../sandbox/digest.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { matchPaths } from '../../sandbox/glob.ts'
import { RUN_LABEL } from '../../sandbox/owner.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { type Candidate, chooseCommits, type Unfit } from '../../task-bank/history/choose.ts'
import type { Commit } from '../../task-bank/history/commits.ts'
import type { Discussion } from '../../task-bank/history/discussions.ts'
import type { Entry } from '../../task-bank/history/journal.ts'
import { parseMessage } from '../../task-bank/history/message.ts'
import type { Recipe } from '../../task-bank/history/recipe.ts'
import type { PathRules } from '../../task-bank/history/roles.ts'
import { type Step, tryCandidate } from './candidate.ts'
import { Ledger } from './ledger.ts'
import { chooseKept, isEnough, type State } from './selection.ts'
import { listCommits, openSource } from './source.ts'

/** Raise when the same commit gives another task: everything is decided anew then. */
const FORMAT = 2
const HARNESS_TRIES = 3

export interface MinePlan {
  readonly repository: string
  readonly name: string | undefined
  readonly revision: string
  readonly out: string
  readonly environment: string
  readonly recipe: Recipe
  readonly discussions: ReadonlyMap<number, Discussion>
  readonly since: string | undefined
  /** Commits to look at, newest first, and tasks to make; all if undefined. */
  readonly limit: number | undefined
  readonly max: number | undefined
  readonly firstParent: boolean
  readonly network: boolean
  readonly rounds: number
  readonly jobs: number
}

export type MineEvent =
  | {
      readonly kind: 'listed'
      readonly commits: number
      readonly candidates: number
      readonly decided: number
    }
  | { readonly kind: 'step'; readonly row: Candidate; readonly step: Step }
  | { readonly kind: 'retry'; readonly message: string }
  | { readonly kind: 'decided'; readonly row: MineRow }

/** A commit that changes source and tests, and what became of it. */
export interface MineRow {
  readonly commit: Commit
  readonly subject: string
  /** Undefined: a failure of ours came in the way. */
  readonly entry: Entry | undefined
  /** Whether it was decided by an earlier command. */
  readonly isOld: boolean
  readonly failure: string | undefined
}

export interface MineResult {
  readonly repository: string
  readonly head: string
  readonly commits: number
  readonly unfit: Readonly<Partial<Record<Unfit, number>>>
  /** Newest first; candidates that were not needed for the number of tasks asked for are not among them. */
  readonly rows: readonly MineRow[]
  /** Folders of the tasks that count, newest first. */
  readonly tasks: readonly string[]
  readonly seconds: number
}

/**
 * Turns a repository's past into tasks: commits that change both source and tests, newest first, each tried in sandboxes. What is
 * decided is decided once, so that a command that was stopped goes on where it was, and one that was not does nothing.
 *
 * @throws SourceError if there is no such repository
 * @throws SandboxError `cancelled` after `signal` aborts
 */
export async function mine(
  surroundings: Surroundings,
  plan: MinePlan,
  onEvent: (event: MineEvent) => void,
  signal: AbortSignal,
): Promise<MineResult> {
  const start = performance.now()
  using source = await openSource(plan.repository, plan)
  const commits = await listCommits(source, plan)
  const choices = chooseCommits(commits, {
    rules: rulesOf(plan.recipe),
    excluded: plan.recipe.excluded,
    mergesCount: plan.firstParent,
  })
  const candidates = choices.filter(choice => choice.kind === 'candidate')
  fs.mkdirSync(plan.out, { recursive: true })
  using ledger = new Ledger(plan.out, source.name, settingsOf(plan))
  const rows: (MineRow | undefined)[] = candidates.map(candidate => findRow(ledger, candidate, plan))
  onEvent({
    kind: 'listed',
    commits: commits.length,
    candidates: candidates.length,
    decided: rows.filter(row => row !== undefined).length,
  })
  const run = `mine-${randomBytes(6).toString('hex')}`
  const stop = async (): Promise<void> => await removeContainers(surroundings, run)
  signal.addEventListener('abort', () => void stop(), { once: true })
  const shared = { ...plan, source, run }
  let next = 0
  const work = async (): Promise<void> => {
    while (!signal.aborted && !isEnough(rows.map(stateOf), plan.max)) {
      while (next < candidates.length && rows[next] !== undefined) next += 1
      const index = next++
      const candidate = candidates[index]
      if (candidate === undefined) return
      const row = await decide(surroundings, shared, candidate, ledger, onEvent, signal)
      if (row === undefined) return
      rows[index] = row
      publish(ledger, rows, plan.max)
      onEvent({ kind: 'decided', row })
    }
  }
  await Promise.all(Array.from({ length: plan.jobs }, work))
  if (signal.aborted) {
    await stop()
    const decided = rows.filter(row => row !== undefined).length
    throw new SandboxError('cancelled', `Stopped; ${decided} of ${candidates.length} candidates are decided`)
  }
  return {
    repository: source.name,
    head: source.head,
    commits: commits.length,
    unfit: countUnfit(choices),
    rows: needed(rows, plan.max),
    tasks: publish(ledger, rows, plan.max),
    seconds: (performance.now() - start) / 1000,
  }
}

/** Tries a candidate, again if our own machinery failed; undefined once the command is being stopped. */
async function decide(
  surroundings: Surroundings,
  shared: Parameters<typeof tryCandidate>[1],
  candidate: Candidate,
  ledger: Ledger,
  onEvent: (event: MineEvent) => void,
  signal: AbortSignal,
): Promise<MineRow | undefined> {
  const { commit } = candidate
  const name = `${shared.source.name}-${commit.id.slice(0, 8)}`
  const subject = subjectOf(commit)
  for (let attempt = 1; ; attempt++) {
    const start = performance.now()
    try {
      const outcome = await tryCandidate(surroundings, shared, candidate, {
        folder: ledger.workFolder(name),
        name,
        onStep: step => onEvent({ kind: 'step', row: candidate, step }),
      })
      if (signal.aborted) return undefined
      const seconds = Math.round(performance.now() - start) / 1000
      const entry = ledger.decide({ commit: commit.id, outcome, seconds })
      return { commit, subject, entry, isOld: false, failure: undefined }
    } catch (error) {
      if (signal.aborted) return undefined
      if (!(error instanceof SandboxError)) throw error
      if (attempt === HARNESS_TRIES)
        return { commit, subject, entry: undefined, isOld: false, failure: error.message }
      onEvent({ kind: 'retry', message: `${commit.id.slice(0, 8)}: ${error.message}` })
    }
  }
}

function findRow(ledger: Ledger, { commit }: Candidate, { network }: MinePlan): MineRow | undefined {
  const entry = ledger.find(commit.id)
  if (entry === undefined) return undefined
  const { outcome } = entry
  // What could not be had without a network may be had with one.
  if (network && outcome.kind === 'dropped' && outcome.reason === 'packages') return undefined
  return { commit, subject: subjectOf(commit), entry, isOld: true, failure: undefined }
}

function stateOf(row: MineRow | undefined): State {
  return row?.entry?.outcome.kind ?? 'open'
}

/** Puts the tasks that were asked for where they are looked for. */
function publish(ledger: Ledger, rows: readonly (MineRow | undefined)[], max: number | undefined): string[] {
  return chooseKept(rows.map(stateOf), max).flatMap(index => {
    const outcome = rows[index]?.entry?.outcome
    if (outcome?.kind !== 'kept') return []
    ledger.publish(outcome.task)
    return [ledger.published(outcome.task)]
  })
}

/** What was decided, down to the last task that was wanted: jobs that ran beside it may have gone further. */
function needed(rows: readonly (MineRow | undefined)[], max: number | undefined): MineRow[] {
  const last = max === undefined ? undefined : chooseKept(rows.map(stateOf), max)[max - 1]
  return rows.slice(0, last === undefined ? undefined : last + 1).filter(row => row !== undefined)
}

function subjectOf({ message }: Commit): string {
  return parseMessage(message).subject || message.split('\n')[0]!
}

function rulesOf({ tests, source, visible, told }: Recipe): PathRules {
  return {
    tests: matchPaths(tests, 'u'),
    source: matchPaths(source, 'u'),
    visible: matchPaths(visible, 'u'),
    told: matchPaths(told, 'u'),
  }
}

/** Everything that decides beside the repository itself. */
function settingsOf({ recipe, discussions, environment, rounds, firstParent }: MinePlan): string {
  return sha256(JSON.stringify([FORMAT, recipe, [...discussions], environment, rounds, firstParent])).slice(
    0,
    16,
  )
}

function countUnfit(choices: ReturnType<typeof chooseCommits>): MineResult['unfit'] {
  const counts: Partial<Record<Unfit, number>> = {}
  for (const choice of choices) {
    if (choice.kind === 'unfit') counts[choice.reason] = (counts[choice.reason] ?? 0) + 1
  }
  return counts
}

async function removeContainers({ engine }: Surroundings, run: string): Promise<void> {
  const ours = await engine.listLabelled(`${RUN_LABEL}=${run}`)
  await Promise.all(
    ours.filter(({ kind }) => kind === 'container').map(({ id }) => engine.removeContainer(id)),
  )
}
