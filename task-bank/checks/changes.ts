/** Lines that one diff takes away in one place, and what it puts there. */
export interface Change {
  readonly file: string
  /** Line of the changed file where `added` begins, or before which `removed` stood; from 1 on. */
  readonly line: number
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/**
 * The changes of a unified diff as git writes it, each as small as it can be: lines that stay part two of them. Binary files
 * and files whose names git quotes are passed over.
 */
export function parseChanges(diff: string): Change[] {
  const changes: Change[] = []
  let file: string | undefined
  let line = 0
  let left = { before: 0, after: 0 }
  let open: { file: string; line: number; removed: string[]; added: string[] } | undefined
  for (const text of diff.split('\n')) {
    const isInside = left.before > 0 || left.after > 0
    const sign = isInside ? text.charAt(0) : ''
    if (sign === '-' || sign === '+') {
      if (open === undefined && file !== undefined) {
        open = { file, line, removed: [], added: [] }
        changes.push(open)
      }
      if (sign === '-') left.before -= 1
      else {
        left.after -= 1
        line += 1
      }
      open?.[sign === '-' ? 'removed' : 'added'].push(text.slice(1))
      continue
    }
    if (text.startsWith('\\')) continue
    open = undefined
    if (isInside) {
      left = { before: left.before - 1, after: left.after - 1 }
      line += 1
      continue
    }
    if (text.startsWith('diff --git ')) file = undefined
    file = /^\+\+\+ b\/(.*)$/.exec(text)?.[1] ?? file
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text)
    if (hunk === null) continue
    left = { before: Number(hunk[1] ?? 1), after: Number(hunk[3] ?? 1) }
    // Of a hunk that leaves nothing git names the line before.
    line = Number(hunk[2]) + (left.after === 0 ? 1 : 0)
  }
  return changes
}

/** The changed text with one change taken back. */
export function undo(text: string, { line, removed, added }: Change): string {
  const lines = text.split('\n')
  lines.splice(line - 1, added.length, ...removed)
  return lines.join('\n')
}
