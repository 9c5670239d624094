/**
 * Whether a path fits a pattern: `?` is one character and `*` any number of them, both but `/`; `**` is any number of any
 * characters, and `**` before a `/` any number of folders. In time that is at most the product of both lengths, since
 * patterns and paths may both be a stranger's.
 */
export function fitsGlob(glob: string, path: string): boolean {
  const parts = glob.match(/\*\*\/|\*\*|\*|[^*]/gs) ?? []
  // Which beginnings of the path fit the beginning of the pattern that was read so far.
  let fits = Array.from({ length: path.length + 1 }, (_, end) => end === 0)
  for (const part of parts) fits = step(part, path, fits)
  return fits[path.length]!
}

function step(part: string, path: string, before: readonly boolean[]): boolean[] {
  const after = before.map(() => false)
  let reached = false
  for (let end = 0; end <= path.length; end += 1) {
    const last = path[end - 1]
    switch (part) {
      case '*':
        reached = before[end]! || (reached && last !== '/')
        after[end] = reached
        break
      case '**':
        reached ||= before[end]!
        after[end] = reached
        break
      case '**/':
        after[end] = before[end]! || (reached && last === '/')
        reached ||= before[end]!
        break
      case '?':
        after[end] = end > 0 && before[end - 1]! && last !== '/'
        break
      default:
        after[end] = end > 0 && before[end - 1]! && last === part
    }
  }
  return after
}
