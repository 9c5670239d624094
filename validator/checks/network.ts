import fs from 'node:fs'
import path from 'node:path'
import { findFetches } from '../../task-bank/checks/fetches.ts'
import { listTaskFiles } from '../../task-bank/digest.ts'
import type { Task } from '../../task-bank/task.ts'
import type { Rule } from './rule.ts'

const MOST = 5

/** Whether the task asks for more than it gets; above all for a network that tests do not have. */
export const network: Rule = {
  name: 'network',
  isSlow: false,
  steps: () => 0,
  async run({ prepared: { task }, warn }) {
    for (const note of task.notes) warn(note)
    for (const text of listFetches(task).slice(0, MOST)) warn(text)
    return {}
  },
}

/** Only scripts that run as they are, and only without a network. */
function listFetches({ folder, verifier }: Task): string[] {
  if (verifier.runner.kind !== 'script' || verifier.network.kind !== 'none') return []
  return listTaskFiles(folder)
    .filter(file => /^(steps\/[^/]+\/)?tests\/.*\.sh$/.test(file))
    .flatMap(file =>
      findFetches(fs.readFileSync(path.join(folder, file), 'utf8')).map(
        ({ line, text }) =>
          `${file} line ${line} fetches, and the tests have no network: ${text.slice(0, 100)}`,
      ),
    )
}
