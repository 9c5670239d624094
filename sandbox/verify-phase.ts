import path from 'node:path'
import { openClip } from '../agent-runtime/clip.ts'
import { isOwn, type Task } from '../task-bank/task.ts'
import { joinFiles, splitFiles } from './archive.ts'
import type { Patch } from './patch.ts'
import { verifierEnv } from './phase-env.ts'
import type { PreparedTask } from './prepare.ts'
import {
  type FileRun,
  type ProcessEnd,
  parseCtrf,
  parseReport,
  parseReward,
  type Report,
  splitRuns,
} from './report.ts'
import { gradeReport, reportFromLog } from './row-report.ts'
import type { Changes, Ending, Files, Owner, Sandbox } from './sandbox.ts'
import { settleReport } from './settle.ts'
import { buildSuite, type Suite } from './suite.ts'
import { commandsOf } from './test-commands.ts'

/** How the run of the hidden tests ended. */
export type VerifyEnding =
  | { readonly kind: 'reported' }
  | { readonly kind: 'timed-out'; readonly seconds: number }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'flooded'; readonly bytes: number }
  | { readonly kind: 'ended-early'; readonly message: string }

export interface VerifyOutcome {
  readonly ending: VerifyEnding
  readonly report: Report
  /** By test, which of its observations were wrong or missing, whatever its own process said. */
  readonly unmet: ReadonlyMap<string, readonly string[]>
  readonly log: Buffer
  /** From the patch being put in place to the end of the test command. */
  readonly seconds: number
}

const MAX_VERIFY_OUTPUT = 64 * 2 ** 20
const MAX_RESULTS = 32 * 2 ** 20
const KEPT_LOG = 2 ** 20
const ROOT = { uid: 0, gid: 0 }
const NOTHING: Files = joinFiles([])

/**
 * Puts the patch and the hidden tests into a fresh sandbox of the pristine image and runs the tests. Everything in this
 * sandbox before the tests start is ours or the task's; the patch is bytes on disk until then. Of lifted tests only the
 * drivers enter it.
 *
 * @param patch - undefined if there is none, or if the sandbox already is the agent's frozen machine
 * @param leftovers - files of the agent's machine to be removed first
 * @param artifacts - what a separate verifier gets of the agent's machine
 */
export async function runVerifyPhase(options: {
  sandbox: Sandbox
  prepared: PreparedTask
  patch: Pick<Patch, 'files' | 'removed'> | undefined
  artifacts?: Files
  leftovers?: readonly string[]
}): Promise<VerifyOutcome> {
  const { sandbox, prepared, patch } = options
  const { task } = prepared
  const log = openClip(KEPT_LOG)
  const printed: Buffer[] = []
  const suite = buildSuite(task, prepared.lift, prepared.workdir)
  const leftovers = (options.leftovers ?? []).map(name => name.slice(1))
  const puts = [
    leftovers.length === 0 ? undefined : sandbox.put('/', NOTHING, ROOT, leftovers),
    patch === undefined
      ? undefined
      : sandbox.put(prepared.workdir, patch.files, prepared.agentUser, patch.removed),
    options.artifacts === undefined ? undefined : sandbox.put('/', options.artifacts, ROOT),
    prepared.verifierImage === undefined
      ? sandbox.put(suite.root, suite.files, ownerOf(suite, prepared), suite.removed)
      : undefined,
    suite.script === undefined ? undefined : sandbox.put('/tests', suite.script.files, ROOT),
    sandbox.put('/logs/verifier', NOTHING, prepared.verifierUser),
  ]
  // The puts are on their way; the resident carries commands out in order, so nothing waits for a round trip.
  const start = performance.now()
  const isRead = task.verifier.runner.kind === 'log'
  const run = runTests({
    sandbox,
    prepared,
    suite,
    onOutput: chunk => {
      log.add(chunk)
      if (isRead) printed.push(chunk)
    },
  })
  await Promise.all(puts)
  const { ended, runs } = await run
  const seconds = (performance.now() - start) / 1000
  const raw = await readResults(sandbox, task, suite, { runs, printed: Buffer.concat(printed).toString() })
  const { unmet, ...settled } = settleReport(raw, prepared.lift, suite.canaries)
  const { row, runner } = task.verifier
  const report = row === undefined || runner.kind !== 'pytest' ? settled : gradeReport(settled, row)
  return {
    ending: await nameEnding(sandbox, prepared, ended, report),
    report,
    unmet,
    log: log.bytes(),
    seconds,
  }
}

/** Runs the programs that run the tests, and collects what each file's process says. */
async function runTests(options: {
  sandbox: Sandbox
  prepared: PreparedTask
  suite: Suite
  onOutput: (chunk: Buffer) => void
}): Promise<{ ended: Ending; runs: FileRun[] }> {
  const { sandbox, prepared, suite, onOutput } = options
  const { verifierUser, task } = prepared
  const deadline = performance.now() + task.verifier.seconds * 1000
  let runs: readonly FileRun[] = []
  let ended: Ending = { kind: 'exited', code: 0 }
  let resultBytes = 0
  for (const { argv, cwd, env, file } of commandsOf(prepared, suite)) {
    const results: Buffer[] = []
    ended = await sandbox.run({
      argv,
      cwd,
      env: {
        ...verifierEnv(prepared),
        HOME: verifierUser.home,
        USER: verifierUser.name,
        ...task.verifier.env,
        ...env,
      },
      uid: verifierUser.uid,
      gid: verifierUser.gid,
      seconds: Math.max(0.001, (deadline - performance.now()) / 1000),
      maxOutputBytes: MAX_VERIFY_OUTPUT,
      onOutput: (stream, chunk) => {
        if (stream !== 'results') return onOutput(chunk)
        resultBytes += chunk.length
        if (resultBytes <= MAX_RESULTS) results.push(chunk)
      },
    })
    const said = Buffer.concat(results)
    if (ended.kind !== 'exited' && ended.kind !== 'signalled') break
    // Not pushed: code under test may have sent more than a call takes arguments.
    runs = runs.concat(file === undefined ? splitRuns(said) : [{ file, text: said.toString(), ended }])
  }
  const missing = suite.order.filter(name => !runs.some(({ file }) => file === name))
  return { ended, runs: [...runs, ...missing.map(file => notRun(file, ended))] }
}

function notRun(file: string, ended: Ending): FileRun {
  const how: ProcessEnd = ended.kind === 'exited' ? ended : { kind: 'signalled', signal: 'nothing' }
  return { file, text: '', ended: ended.kind === 'signalled' ? ended : how }
}

/** In `/tests` nobody but root may write; what lies in the repository belongs to whom the rest of it belongs. */
function ownerOf({ root }: Suite, { agentUser }: PreparedTask): Owner {
  return root === '/tests' ? ROOT : agentUser
}

async function readResults(
  sandbox: Sandbox,
  { verifier: { runner, row } }: Task,
  { script }: Suite,
  said: { runs: readonly FileRun[]; printed: string },
): Promise<Report> {
  switch (runner.kind) {
    case 'script':
      return await readReward(sandbox)
    case 'log':
      return reportFromLog(said.printed, row!, { parser: runner.parser, seal: script?.seal ?? '' })
    case 'pytest':
    case 'node':
    case 'vitest':
      return parseReport(said.runs)
  }
}

const NO_REPORT: Report = { tests: [], observations: [], through: [], problems: [], reward: undefined }

async function readReward(sandbox: Sandbox): Promise<Report> {
  const names = ['reward.json', 'reward.txt', 'ctrf.json']
  const paths = names.map(name => `/logs/verifier/${name}`)
  let found: Changes
  try {
    found = await sandbox.read(paths, { maxBytes: 8 * 2 ** 20, maxEntries: names.length })
  } catch {
    return { ...NO_REPORT, problems: [{ kind: 'reward', message: 'the reward cannot be read' }] }
  }
  const contents = new Map(
    [...splitFiles(found)].map(({ entry, content }) => [
      path.basename(entry.path),
      Buffer.from(content).toString(),
    ]),
  )
  const { reward, rewards, problem } = parseReward({
    json: contents.get('reward.json'),
    text: contents.get('reward.txt'),
  })
  return {
    ...NO_REPORT,
    tests: parseCtrf(contents.get('ctrf.json')),
    problems: problem === undefined ? [] : [{ kind: 'reward', message: problem }],
    reward,
    ...(rewards === undefined ? {} : { rewards }),
  }
}

async function nameEnding(
  sandbox: Sandbox,
  { task, verifierUser }: PreparedTask,
  ended: Ending,
  report: Report,
): Promise<VerifyEnding> {
  const early = report.problems.find(problem => problem.kind === 'no-end')
  switch (ended.kind) {
    case 'timed-out':
      return { kind: 'timed-out', seconds: task.verifier.seconds }
    case 'flooded':
      return { kind: 'flooded', bytes: MAX_VERIFY_OUTPUT }
    case 'exited':
      // Harbor ignores the exit code of test.sh; with our own runners each file's process must have come to its end.
      if (!isOwn(task.verifier.runner) || early === undefined) return { kind: 'reported' }
      break
    case 'signalled':
    case 'lost':
      break
  }
  if (await sandbox.ranOutOfMemory()) return { kind: 'out-of-memory' }
  if (ended.kind === 'lost' && verifierUser.uid !== 0)
    throw await sandbox.lossOf(`Cannot verify an attempt at "${task.name}": the container ended from outside`)
  if (ended.kind === 'lost') return { kind: 'ended-early', message: 'the container ended' }
  const how = early?.how ?? (ended.kind === 'signalled' ? ended.signal : `exit code ${ended.code}`)
  return {
    kind: 'ended-early',
    message: `${how} before the last result${early === undefined ? '' : ` of ${early.file}`}`,
  }
}
