/** One commit of a repository's past. Everything in it but ids and modes is a stranger's. */
export interface Commit {
  readonly id: string
  readonly parents: readonly string[]
  /** Seconds since 1970, as the committer says. */
  readonly time: number
  readonly message: string
  /** What differs from the first parent, renames taken as a file less and a file more. */
  readonly changes: readonly Change[]
}

export interface Change {
  readonly path: string
  readonly before: Version | undefined
  readonly after: Version | undefined
}

/** A file as git keeps it. */
export interface Version {
  readonly mode: string
  readonly id: string
}

/** For `git log -z --raw --no-abbrev --no-renames`: what `readCommits` reads. */
export const COMMIT_FORMAT = 'tformat:%H%x00%P%x00%ct%x00%B%x00'

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const NO_MODE = '000000'

/**
 * Reads what `git log` prints with `COMMIT_FORMAT`: per commit four fields and an empty one, each ended by NUL, then per changed
 * file a line of modes and ids and a path. A path that is not UTF-8 has U+FFFD in it.
 *
 * @returns undefined if it is anything else
 */
export function readCommits(output: Uint8Array): Commit[] | undefined {
  const fields = Buffer.from(output).toString('utf8').split('\0')
  if (fields.pop() !== '') return undefined
  const commits: Commit[] = []
  for (let at = 0; at < fields.length; ) {
    const [id, parents, time, message, end] = fields.slice(at, at + 5)
    if (!ID.test(id!) || !/^-?\d+$/.test(time ?? '') || message === undefined || end?.trim() !== '')
      return undefined
    at += 5
    const changes: Change[] = []
    while (at < fields.length && /^\n*:/.test(fields[at]!)) {
      const change = readChange(fields[at]!, fields[at + 1])
      if (change === undefined) return undefined
      changes.push(change)
      at += 2
    }
    commits.push({
      id: id!,
      parents: parents!.split(' ').filter(Boolean),
      time: Number(time),
      message,
      changes,
    })
  }
  return commits
}

function readChange(line: string, path: string | undefined): Change | undefined {
  const found = /^\n*:(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*$/.exec(line)
  if (found === null || path === undefined || path === '') return undefined
  const version = (mode: string, id: string): Version | undefined =>
    mode === NO_MODE ? undefined : { mode, id }
  return { path, before: version(found[1]!, found[3]!), after: version(found[2]!, found[4]!) }
}

/** Whether a file of a foreign tree can be written below a folder of ours and of a container, on any system. */
export function isPlainPath(path: string): boolean {
  return (
    Buffer.byteLength(path) <= 512 &&
    !/[\p{C}\ufffd\\:"<>|?*]/u.test(path) &&
    path
      .split('/')
      .every(part => part !== '' && !/^\.{1,2}$|[. ]$|^\.?git~?\d*$/i.test(part) && part.length <= 200)
  )
}

export const MODES = { file: '100644', program: '100755', link: '120000', repository: '160000' } as const
