import type { PreparedTask } from '../../sandbox/prepare.ts'
import { isOwn } from '../../task-bank/task.ts'

/** A task of which only some test files are run, with a limit of their own. */
export function withTests(
  prepared: PreparedTask,
  { files, seconds }: { files: readonly string[]; seconds: number },
): PreparedTask {
  const { task } = prepared
  const { runner } = task.verifier
  if (!isOwn(runner)) return prepared
  const tests = { ...runner.tests, run: files }
  return {
    ...prepared,
    task: { ...task, verifier: { ...task.verifier, seconds, runner: { ...runner, tests } } },
  }
}
