import fs from 'node:fs'
import path from 'node:path'
import { joinFiles, readFolder } from '../../../sandbox/archive.ts'
import { SandboxError } from '../../../sandbox/errors.ts'
import type { PreparedTask } from '../../../sandbox/prepare.ts'
import type { Slot } from '../../../sandbox/slot.ts'
import type { Payload } from '../attack.ts'
import { runBash } from './program.ts'
import { APPLY, solutionOf } from './solution.ts'

const ROOT = { uid: 0, gid: 0 }

/**
 * SWE-bench's way: the agent's change is taken with `git diff` and applied whole in a fresh container, the tests are
 * copied over it, and the lines that `test.sh` prints decide.
 *
 * @returns whether it takes the payload for a solution
 */
export async function judgeByLines(
  slot: Slot,
  { prepared, payload }: { prepared: PreparedTask; payload: Payload },
): Promise<boolean> {
  const { runner, seconds } = prepared.task.verifier
  if (runner.kind === 'script') return false
  const expected = [...runner.expected.failToPass, ...runner.expected.passToPass]
  try {
    const diff = await takeDiff(slot, prepared, payload)
    if (diff.length === 0) return false
    const sandbox = await slot.take(prepared)
    try {
      const patch = joinFiles([{ path: 'patch.diff', mode: 0o644, content: diff }])
      await sandbox.put('/solution', patch, ROOT)
      await runBash(sandbox, prepared, { args: ['-c', APPLY], user: prepared.agentUser, seconds: 10 })
      await sandbox.put('/tests', readFolder(path.join(prepared.task.folder, 'tests')), ROOT)
      const { output } = await runBash(sandbox, prepared, {
        // A pipe, as an engine gives to what it executes, and not the socket of our resident.
        args: ['-c', '/bin/bash /tests/test.sh 2>&1 | cat'],
        user: prepared.verifierUser,
        seconds,
      })
      const passed = parseLines(output.toString())
      return expected.every(id => passed.get(id.split('::').at(-1)!) === true)
    } finally {
      slot.discard(sandbox)
    }
  } catch (error) {
    if (error instanceof SandboxError) return false
    throw error
  }
}

/** The diff that a harness gets which asks git in the agent's own container for it. */
export async function takeDiff(slot: Slot, prepared: PreparedTask, payload: Payload): Promise<Uint8Array> {
  if (payload.kind === 'diff') return fs.readFileSync(payload.file)
  const solution = solutionOf(payload)
  if (solution === undefined) return new Uint8Array(0)
  const sandbox = await slot.take(prepared)
  try {
    await sandbox.put('/solution', solution, ROOT)
    const user = prepared.agentUser
    await runBash(sandbox, prepared, {
      args: ['/solution/solve.sh'],
      user,
      seconds: prepared.task.agentSeconds,
    })
    const { results } = await runBash(sandbox, prepared, {
      args: ['-c', 'git add -A && git diff --cached --binary HEAD >&3'],
      user,
      seconds: 10,
    })
    return results
  } finally {
    slot.discard(sandbox)
  }
}

const FORMS: readonly { line: RegExp; passed: (status: string) => boolean }[] = [
  {
    line: /^(?<status>PASSED|FAILED|ERROR|SKIPPED|XFAIL) \S*?(?<name>[^\s:]+)(?: - .*)?$/,
    passed: status => status === 'PASSED' || status === 'XFAIL',
  },
  { line: /^\s*(?<status>ok|not ok) \d+ - (?<name>.+?)(?: # .*)?$/, passed: status => status === 'ok' },
  { line: /^(?<name>\w+) \(\S+\) \.\.\. (?<status>ok|FAIL|ERROR)$/, passed: status => status === 'ok' },
]

/** Tests by name as pytest, TAP and unittest print them; the last line about a test counts. */
export function parseLines(output: string): ReadonlyMap<string, boolean> {
  const passed = new Map<string, boolean>()
  for (const text of output.split('\n')) {
    for (const form of FORMS) {
      const { name, status } = form.line.exec(text)?.groups ?? {}
      if (name !== undefined && status !== undefined) passed.set(name, form.passed(status))
    }
  }
  return passed
}
