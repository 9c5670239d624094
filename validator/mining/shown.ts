import { listHidden } from '../../sandbox/hidden.ts'
import { Inspection } from '../../sandbox/inspection.ts'
import type { HiddenText } from '../../sandbox/shingles.ts'
import type { Trees } from './trees.ts'

/**
 * Says where in the tree that an agent gets, beside the files that the commit changes, a place of the reference or an added part of
 * the hidden tests can be read. The scan of image and sandbox takes everything in the tree for public, so this is asked before.
 *
 * @param folder - of the task
 * @param paths - of the files that the commit changes
 */
export function findShown(folder: string, trees: Trees, paths: readonly string[]): string | undefined {
  const changed = new Set(paths)
  const given = [...trees.given].filter(([name]) => changed.has(name)).map(([, { content }]) => content)
  const added = new Set(trees.tests.flatMap(file => file.added.map(line => line.trim())))
  const hidden = listHidden({ folder }).flatMap(text => onlyAnswer(text, added))
  const inspection = new Inspection(hidden, given)
  for (const [name, { content }] of trees.given) {
    if (changed.has(name)) continue
    const file = inspection.open(name)
    file.add(content)
    const found = file.end()[0]
    if (found !== undefined) return `${name} has ${found.file} lines ${found.firstLine}-${found.lastLine}`
  }
  return undefined
}

/** Of the reference each changed place; of a test file its added lines. */
function onlyAnswer(text: HiddenText, added: ReadonlySet<string>): HiddenText[] {
  if (text.file.startsWith('solution/')) return text.file.endsWith('.patch') ? [text] : []
  const lines = text.lines.filter(line => added.has(Buffer.from(line.text, 'latin1').toString().trim()))
  return [{ file: text.file, lines }]
}
