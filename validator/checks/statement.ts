import fs from 'node:fs'
import path from 'node:path'
import { listFiles } from '../../sandbox/digest.ts'
import { listGiven } from '../../sandbox/hidden.ts'
import { readHistory } from '../../sandbox/history.ts'
import { parseChanges } from '../../task-bank/checks/changes.ts'
import { findGivenNames, findNames, ownNames } from '../../task-bank/checks/names.ts'
import type { Rule } from './rule.ts'

/** The statement does not say the answer, and neither tree nor history of the repository the names of hidden tests. */
export const statement: Rule = {
  name: 'statement',
  isSlow: false,
  steps: () => 0,
  async run({ surroundings, prepared, reference, run, reason, warn }) {
    const { task, repository } = prepared
    const [, ...tree] = listGiven(prepared).map(bytes => Buffer.from(bytes).toString())
    if (reference !== undefined) {
      const changes = parseChanges(reference.diff.toString())
      const added = changes.flatMap(change => change.added).join('\n')
      const known = [...tree, ...readTests(task.folder)].join('\n')
      for (const name of findGivenNames({ statement: task.instruction, added, known }))
        reason(`the statement says "${name}", which only the reference brings in and no hidden test needs`)
      for (const file of new Set(changes.map(change => change.file)))
        if (task.instruction.includes(file)) warn(`the statement names ${file}, which the reference changes`)
    }
    const names = ownNames(task.verifier.runner)
    if (repository === undefined || names.length === 0) return {}
    // A visible test file may be called as a hidden test is.
    const inTree = findNames(names, [...tree, ...repository.paths].join('\n'))
    for (const name of inTree) warn(`the repository has the name of the hidden test "${name}"`)
    const history = (await readHistory(surroundings.engine, prepared, run)).toString()
    const hidden = names.filter(name => !inTree.includes(name))
    for (const name of findNames(hidden, history))
      reason(`the history in the image has the name of the hidden test "${name}": it knows the future`)
    return {}
  },
}

function readTests(folder: string): string[] {
  const root = path.join(folder, 'tests')
  return fs.existsSync(root)
    ? listFiles(root).map(name => fs.readFileSync(path.join(root, name), 'utf8'))
    : []
}
