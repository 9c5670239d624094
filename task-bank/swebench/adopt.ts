import type { Task } from '../task.ts'
import { networkNeedOf } from './network.ts'
import type { Row } from './row.ts'
import { touchedBy } from './touched.ts'
import { publishedEnv, runnerOfRow } from './verifier.ts'

const WORKDIR = '/testbed'

/**
 * A Harbor task that carries a row, judged our way: the change of its repository counts and nothing else, and the row says what is
 * expected. Its own script would decide inside the agent's container, and fetch what it needs for that.
 */
export function adoptRow(task: Task, row: Row): Task {
  const found = runnerOfRow(row)
  if ('mistakes' in found)
    return {
      ...task,
      notes: [...task.notes, `carries a row, but its own script decides: ${found.mistakes[0]}`],
    }
  const { runner } = found
  const need = networkNeedOf(row)
  return {
    ...task,
    mode: 'patch',
    workdir: task.workdir ?? WORKDIR,
    repository: row.repo,
    steps: [],
    verifier: {
      ...task.verifier,
      runner,
      row,
      image: undefined,
      limits: task.limits,
      network: { kind: 'none' },
      workdir: undefined,
      machineEnv: {},
      healthcheck: undefined,
    },
    env: { ...(task.image.kind === 'recipe' ? {} : publishedEnv(row)), ...task.env },
    // What the reference changes is no more than its author's business.
    allowedPaths: [
      ...task.allowedPaths,
      ...touchedBy(row.patch)
        .filter(isPlain)
        .map(name => `/${name}`),
    ],
    accepts: 'reward',
    notes: [
      ...task.notes,
      ...(runner.kind === 'log' ? [BY_LOG] : []),
      ...(need === undefined
        ? []
        : [`its tests need a network and have none, so that even the reference fails: ${need}`]),
    ],
  }
}

const BY_LOG = 'is judged by what its tests print, which a patch could forge'

/** Whether a path means itself as a pattern. */
function isPlain(name: string): boolean {
  return !/[*?[\]{}\\]/.test(name)
}
