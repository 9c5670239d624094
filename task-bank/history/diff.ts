/** What a diff does to one file. */
export interface FileDiff {
  readonly path: string
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Hunks of a diff without context; 1 for a binary file or one that is only moved. */
  readonly places: number
}

/**
 * Reads what `git diff -U0 --no-color --no-ext-diff` prints. The names of files are taken from `+++` and `---`, without git's quotes,
 * and are for people only.
 */
export function readDiff(text: string): FileDiff[] {
  const files: { path: string; added: string[]; removed: string[]; places: number }[] = []
  let left = { removed: 0, added: 0 }
  for (const line of text.split('\n')) {
    const file = files.at(-1)
    if (left.removed > 0 && line.startsWith('-')) {
      file?.removed.push(line.slice(1))
      left.removed -= 1
    } else if (left.added > 0 && line.startsWith('+')) {
      file?.added.push(line.slice(1))
      left.added -= 1
    } else if (line.startsWith('diff --git ')) {
      files.push({ path: line.replace(/^.* "?b\//, '').replace(/"$/, ''), added: [], removed: [], places: 0 })
    } else if (file !== undefined) {
      const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line)
      if (hunk === null) continue
      left = { removed: Number(hunk[1] ?? 1), added: Number(hunk[2] ?? 1) }
      file.places += 1
    }
  }
  return files.map(file => ({ ...file, places: Math.max(1, file.places) }))
}

const IDENTIFIER = /[A-Za-z_$][\w$]*/g

/** Every word of some lines that could name something. */
export function identifiersOf(lines: readonly string[]): Set<string> {
  return new Set(lines.flatMap(line => line.match(IDENTIFIER) ?? []))
}
