import path from 'node:path'
import { NODE_FLAGS } from './node.ts'
import { verifierWorkdir } from './phase-env.ts'
import type { PreparedTask } from './prepare.ts'
import { RUNTIME } from './spec.ts'
import { SCRIPT, type Suite } from './suite.ts'

/** A program that runs hidden tests. */
export interface TestCommand {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** The file whose results come on the descriptor; undefined if it is a runner of several files. */
  readonly file: string | undefined
}

/** The programs that run the tests of a suite, one after the other. */
export function commandsOf(
  prepared: PreparedTask,
  { root, order: files }: Pick<Suite, 'root' | 'order'>,
): TestCommand[] {
  const { runner } = prepared.task.verifier
  const workdir = verifierWorkdir(prepared)
  if (runner.kind === 'script')
    return [{ argv: ['/bin/bash', '/tests/test.sh'], cwd: workdir, env: {}, file: undefined }]
  if (runner.kind === 'log') {
    // What the shell traces and what tests print must stay in order.
    const argv = ['/bin/bash', '-c', `exec /bin/bash /tests/${SCRIPT} 2>&1`]
    return [{ argv, cwd: workdir, env: {}, file: undefined }]
  }
  const cwd = path.posix.resolve(workdir, runner.tests.cwd)
  const env = runner.tests.env
  switch (runner.kind) {
    case 'pytest': {
      const program = `${RUNTIME}/runners/pytest_runner.py`
      // Tests that lie in the repository run as it is configured: a patch cannot change that.
      const config = root === '/tests' ? 'none' : 'repository'
      const argv = ['/usr/bin/env', 'python3', '-I', '-B', program, root, cwd, config, ...files]
      const sealed = { PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1' }
      return [{ argv, cwd, env: { ...env, ...(config === 'none' ? sealed : {}) }, file: undefined }]
    }
    case 'node':
      return files.map(file => ({
        argv: [...NODE, `${root}/${file}`],
        cwd,
        env: { ...env, NODE_OPTIONS: '', ARETE_RESULTS: '3', ARETE_TESTS: root },
        file,
      }))
    case 'vitest': {
      const program = `${RUNTIME}/runners/vitest_runner.mjs`
      return [
        {
          argv: ['/usr/bin/env', 'node', ...NODE_FLAGS, program, root, cwd, ...files],
          cwd,
          env: { ...env, NODE_OPTIONS: '', CI: '1' },
          file: undefined,
        },
      ]
    }
  }
}

const NODE = [
  '/usr/bin/env',
  'node',
  ...NODE_FLAGS,
  `--import=file://${RUNTIME}/runners/observe.mjs`,
  `--test-reporter=${RUNTIME}/runners/node_reporter.mjs`,
  '--test-reporter-destination=stdout',
]
