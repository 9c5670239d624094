import fs from 'node:fs'
import path from 'node:path'
import { splitFiles } from '../../sandbox/archive.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { findLicence } from '../../task-bank/checks/licence.ts'
import { findSecrets } from '../../task-bank/checks/secrets.ts'
import { listTaskFiles } from '../../task-bank/digest.ts'
import type { Rule } from './rule.ts'

/** What a task hands on to others: whether they may use it, and no keys. */
export const contents: Rule = {
  name: 'contents',
  isSlow: false,
  steps: () => 0,
  async run({ prepared, reason, warn }) {
    const { folder } = prepared.task
    const read = (file: string): string => fs.readFileSync(path.join(folder, file), 'latin1')
    for (const file of listTaskFiles(folder)) {
      // What the author wrote must be clean; what a repository has always had is for somebody to look at.
      const say = file.startsWith('environment/') && !file.endsWith('Dockerfile') ? warn : reason
      for (const { kind, line, begins } of findSecrets(read(file)))
        say(`${file} line ${line} looks like ${kind} (${begins}): take it out`)
    }
    const tree = readTree(prepared)
    const licence = findLicence([...tree.keys()], file => tree.get(file)?.toString('latin1') ?? '')
    if (licence === undefined)
      warn('nothing says under which licence its repository may be used: add a file LICENSE to it')
    else if (licence.name === 'other') warn(`${licence.file} is none of the usual licences: have a look`)
    return { licence: licence?.name ?? null }
  },
}

/** The repository as agents get it; of a task without one, what lies beside its Dockerfile. */
function readTree({ task, repository }: PreparedTask): ReadonlyMap<string, Buffer> {
  if (repository !== undefined) {
    const tracked = [...splitFiles(repository.tree)].filter(({ entry }) => repository.paths.has(entry.path))
    return new Map(tracked.map(({ entry, content }) => [entry.path, Buffer.from(content)]))
  }
  const prefix = 'environment/'
  return new Map(
    listTaskFiles(task.folder)
      .filter(file => file.startsWith(prefix))
      .map(file => [file.slice(prefix.length), fs.readFileSync(path.join(task.folder, file))]),
  )
}
