import fs from 'node:fs'
import path from 'node:path'
import { SandboxError } from '../../sandbox/errors.ts'
import { buildImport, importCommit } from '../../sandbox/git.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { applyFault, type Fault } from '../../task-bank/faults/fault.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { testFolders } from '../../task-bank/history/roles.ts'
import { gradeFault } from '../../task-bank/synth/difficulty.ts'
import type { Outcome } from '../../task-bank/synth/journal.ts'
import type { Result } from '../../task-bank/synth/judge.ts'
import { type PlantedTask, writePlanted } from '../../task-bank/synth/manifest.ts'
import { reachOf } from '../../task-bank/synth/reach.ts'
import { checkTask } from '../checks/check.ts'
import { writeTaskFolder } from '../mining/folder.ts'
import { diff, type TreeFile } from '../mining/trees.ts'
import type { Ground } from './ground.ts'

/** A fault that tests catch and a statement can tell of. */
export interface Ripe {
  readonly fault: Fault
  readonly failing: readonly Result[]
  readonly statement: string
}

/**
 * Makes a task of a planted fault in `folder`, and lets the check that every task goes through have the last word. The test files of
 * which any test fails become hidden as a whole: single tests taken out of a file would leave helpers, tables and neighbours behind
 * from which they can be made again, and a file without them is checked by nobody.
 */
export async function forgeTask(
  surroundings: Surroundings,
  ground: Ground,
  { fault, failing, statement }: Ripe,
  options: {
    folder: string
    name: string
    environment: string
    seed: string
    rounds: number
    run: string
    onRound: (done: number) => void
  },
): Promise<Outcome> {
  const { folder, name, run, rounds } = options
  const { recipe, runner, toolchain, pack, source } = ground
  const names = [...new Set(failing.map(({ id }) => id.split('::')[0]!))].sort()
  const hidden = new Map(names.flatMap(file => withSnapshots(ground, file)))
  const given = plantedTree(ground, fault, hidden)
  const failToPass = failing.map(({ id }) => id)
  const all = names.flatMap(file => [...ground.tests.get(file)!.passing])
  const task: PlantedTask = {
    name,
    environment: options.environment,
    runner,
    failToPass,
    passToPass: all.filter(id => !failToPass.includes(id)),
    others: names.flatMap(file => ground.tests.get(file)!.others),
    protectedPaths: testFolders(names),
    difficulty: gradeFault({
      kind: fault.kind,
      reached: new Set(names.flatMap(file => [...reachOf(file, ground.imports)])).size,
      failing: failing.length,
      named: statement.includes(fault.place.scope.split('.').at(-1) || '\0'),
    }),
    fault,
    origin: { repository: source.name, commit: source.head, licence: ground.licence },
    seed: options.seed,
    recipe,
  }
  const patch = await reverseOf(ground, fault)
  writeTaskFolder(folder, {
    trees: { given, hidden, patch },
    statement,
    manifest: writePlanted(task),
    toolchain,
    task: { runner, recipe },
    pack,
  })
  const loaded = loadHarborTask(folder, {})
  const result = await checkOrSay(surroundings, loaded, {
    run,
    rounds,
    quick: true,
    onProgress: ({ done }) => options.onRound(done),
  })
  if (typeof result === 'string') return { kind: 'dropped', reason: 'image', detail: result }
  const { good, certificate, reasons } = result
  if (!good) {
    fs.rmSync(folder, { recursive: true, force: true })
    const detail = reasons.join('; ').slice(0, 1000)
    return { kind: 'dropped', reason: certificate.leaks.length > 0 ? 'leak' : 'unstable', detail }
  }
  return {
    kind: 'kept',
    task: name,
    difficulty: task.difficulty,
    level: certificate.level,
    failToPass: task.failToPass.length,
    passToPass: task.passToPass.length,
  }
}

/** A test file, and what it expects where that lies beside it. */
function withSnapshots({ files }: Ground, file: string): [string, TreeFile][] {
  const { dir, base, name } = path.posix.parse(file)
  const kept = path.posix.join(dir, '__snapshots__')
  const isOwn = (other: string): boolean =>
    other === file || other === `${kept}/${base}.snap` || other === `${kept}/${name}.ambr`
  return [...files].filter(([other]) => isOwn(other))
}

async function checkOrSay(
  surroundings: Surroundings,
  task: ReturnType<typeof loadHarborTask>,
  options: Parameters<typeof checkTask>[2],
): Promise<Awaited<ReturnType<typeof checkTask>> | string> {
  try {
    return await checkTask(surroundings, task, options)
  } catch (error) {
    if (!(error instanceof SandboxError) || !['build-failed', 'task-unusable'].includes(error.code))
      throw error
    return error.message
  }
}

/** What an agent starts from: the fault is in, the tests that tell of it are out. */
function plantedTree(
  { files, texts }: Ground,
  fault: Fault,
  hidden: ReadonlyMap<string, TreeFile>,
): Map<string, TreeFile> {
  const given = new Map([...files].filter(([name]) => !hidden.has(name)))
  for (const [name, text] of applyFault(fault, texts)) {
    given.set(name, { mode: files.get(name)!.mode, content: Buffer.from(text) })
  }
  return given
}

/** The reference: from the fault back to what was right, as `git apply` takes it. */
async function reverseOf({ source, texts, files }: Ground, fault: Fault): Promise<Buffer> {
  const planted = applyFault(fault, texts)
  const commit = async (contents: ReadonlyMap<string, string>): Promise<string> => {
    const lines = [...contents].map(([name, text]) => ({
      kind: 'modify' as const,
      mode: files.get(name)!.mode,
      path: name,
      content: Buffer.from(text),
    }))
    const ref = `refs/heads/planted-${Math.random().toString(36).slice(2)}`
    const made = await importCommit(source.gitDir, buildImport({ ref, lines }))
    if ('refused' in made)
      throw new SandboxError('git-failed', `Cannot make a commit of a fault: ${made.refused}`)
    return made.commit
  }
  const right = new Map([...planted.keys()].map(name => [name, texts.get(name)!]))
  const patch = await diff(source.gitDir, await commit(planted), await commit(right), ['--full-index'])
  if (patch === undefined) throw new SandboxError('git-failed', 'Cannot make the diff of a fault')
  return patch
}
