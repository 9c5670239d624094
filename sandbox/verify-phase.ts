import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { openClip } from '../agent-runtime/clip.ts'
import type { Runner } from '../task-bank/task.ts'
import { phaseEnv } from './agent-phase.ts'
import { joinFiles, readFolder, splitFiles } from './archive.ts'
import { SandboxError } from './errors.ts'
import type { Patch } from './patch.ts'
import type { PreparedTask } from './prepare.ts'
import { parseCtrf, parseReport, parseReward, type Report } from './report.ts'
import type { Changes, Ending, Files, Sandbox } from './sandbox.ts'
import { RUNTIME } from './spec.ts'

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
 * sandbox before the tests start is ours or the task's; the patch is bytes on disk until then.
 *
 * @param patch - undefined if there is none, or if the sandbox already is the agent's frozen machine
 * @param artifacts - what a separate verifier gets of the agent's machine
 */
export async function runVerifyPhase(options: {
  sandbox: Sandbox
  prepared: PreparedTask
  patch: Patch | undefined
  artifacts?: Files
}): Promise<VerifyOutcome> {
  const { sandbox, prepared, patch } = options
  const { runner } = prepared.task.verifier
  const log = openClip(KEPT_LOG)
  const results: Buffer[] = []
  let resultBytes = 0
  const nonce = randomBytes(32).toString('hex')
  const puts = [
    patch === undefined
      ? undefined
      : sandbox.put(prepared.workdir, patch.files, prepared.agentUser, patch.removed),
    options.artifacts === undefined ? undefined : sandbox.put('/', options.artifacts, ROOT),
    prepared.verifierImage === undefined ? sandbox.put('/tests', testsOf(prepared), ROOT) : undefined,
    sandbox.put('/logs/verifier', NOTHING, prepared.verifierUser),
  ]
  // The puts are on their way; the resident carries commands out in order, so nothing waits for a round trip.
  const start = performance.now()
  const run = sandbox.run({
    ...commandOf(runner, prepared),
    uid: prepared.verifierUser.uid,
    gid: prepared.verifierUser.gid,
    stdin: Buffer.from(`${nonce}\n`),
    seconds: prepared.task.verifier.seconds,
    maxOutputBytes: MAX_VERIFY_OUTPUT,
    onOutput: (stream, chunk) => {
      if (stream !== 'results') return log.add(chunk)
      resultBytes += chunk.length
      if (resultBytes <= MAX_RESULTS) results.push(chunk)
    },
  })
  await Promise.all(puts)
  const ended = await run
  const seconds = (performance.now() - start) / 1000
  const report =
    runner.kind === 'script'
      ? await readReward(sandbox)
      : parseReport(Buffer.concat(results).toString(), nonce, ended.kind === 'exited' ? ended.code : -1)
  return { ending: await nameEnding(sandbox, prepared, ended, report), report, log: log.bytes(), seconds }
}

function commandOf(
  runner: Runner,
  prepared: PreparedTask,
): { argv: string[]; cwd: string; env: Record<string, string> } {
  const { workdir, verifierUser, task } = prepared
  const env = {
    ...phaseEnv(prepared),
    HOME: verifierUser.home,
    USER: verifierUser.name,
    ...task.verifier.env,
  }
  switch (runner.kind) {
    case 'pytest':
      return {
        argv: [
          '/usr/bin/env',
          'python3',
          '-I',
          '-B',
          `${RUNTIME}/runners/pytest_runner.py`,
          '/tests',
          workdir,
        ],
        cwd: workdir,
        env: { ...env, PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1' },
      }
    case 'node':
      return {
        argv: [
          '/usr/bin/env',
          'node',
          '--test',
          '--test-concurrency=1',
          `--test-reporter=${RUNTIME}/runners/node_reporter.mjs`,
          '--test-reporter-destination=stdout',
          ...nodeTests(prepared),
        ],
        cwd: workdir,
        env: { ...env, NODE_OPTIONS: '' },
      }
    case 'script':
      return { argv: ['/bin/bash', '/tests/test.sh'], cwd: workdir, env }
  }
}

function nodeTests(prepared: PreparedTask): string[] {
  return testsOf(prepared)
    .entries.map(entry => entry.path)
    .filter(name => /\.test\.[cm]?[jt]s$/.test(name))
    .map(name => `/tests/${name}`)
}

const testFiles = new WeakMap<PreparedTask, Files>()

/** The hidden tests, read once. Readable for the tests' user, owned by root. */
function testsOf(prepared: PreparedTask): Files {
  let files = testFiles.get(prepared)
  if (files === undefined) {
    files = readFolder(path.join(prepared.task.folder, 'tests'))
    testFiles.set(prepared, files)
  }
  return files
}

async function readReward(sandbox: Sandbox): Promise<Report> {
  const names = ['reward.json', 'reward.txt', 'ctrf.json']
  const paths = names.map(name => `/logs/verifier/${name}`)
  let found: Changes
  try {
    found = await sandbox.read(paths, { maxBytes: 8 * 2 ** 20, maxEntries: names.length })
  } catch {
    return { tests: [], problems: [{ kind: 'no-end' }], reward: undefined }
  }
  const contents = new Map(
    [...splitFiles(found)].map(({ entry, content }) => [
      path.basename(entry.path),
      Buffer.from(content).toString(),
    ]),
  )
  const { reward, problem } = parseReward({
    json: contents.get('reward.json'),
    text: contents.get('reward.txt'),
  })
  return {
    tests: parseCtrf(contents.get('ctrf.json')),
    problems: problem === undefined ? [] : [{ kind: 'reward', message: problem }],
    reward,
  }
}

async function nameEnding(
  sandbox: Sandbox,
  { task, verifierUser }: PreparedTask,
  ended: Ending,
  report: Report,
): Promise<VerifyEnding> {
  switch (ended.kind) {
    case 'timed-out':
      return { kind: 'timed-out', seconds: task.verifier.seconds }
    case 'flooded':
      return { kind: 'flooded', bytes: MAX_VERIFY_OUTPUT }
    case 'exited':
      // Harbor ignores the exit code of test.sh; our own runners must have come to their end.
      if (
        task.verifier.runner.kind === 'script' ||
        !report.problems.some(problem => problem.kind === 'no-end')
      )
        return { kind: 'reported' }
      break
    case 'signalled':
    case 'lost':
      break
  }
  if (await sandbox.ranOutOfMemory()) return { kind: 'out-of-memory' }
  if (ended.kind === 'lost' && verifierUser.uid !== 0)
    throw new SandboxError(
      'sandbox-lost',
      `Cannot verify an attempt at "${task.name}": the container ended from outside`,
    )
  const how =
    ended.kind === 'exited'
      ? `exit code ${ended.code} before the last result`
      : ended.kind === 'lost'
        ? 'the container ended'
        : ended.signal
  return { kind: 'ended-early', message: how }
}
