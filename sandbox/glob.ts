import { withoutSlashes } from './slashes.ts'

/**
 * For patterns of our own. Whether a path fits one of some patterns: `*` within a part, `**` across parts, `?` one character.
 * A pattern without `/` but at its end fits the name in any folder; one that fits a folder fits everything below it.
 */
export function matchPaths(patterns: readonly string[], flags: 'u' | 'iu'): (name: string) => boolean {
  if (patterns.length === 0) return () => false
  const whole = new RegExp(`^(?:${patterns.map(sourceOf).join('|')})(?:/|$)`, flags)
  return name => whole.test(name)
}

/** The same for patterns that are a stranger's, in time that is at most the product of the lengths of pattern and path. */
export function matchForeignPaths(patterns: readonly string[], flags: 'u' | 'iu'): (name: string) => boolean {
  const fold = (text: string): string => (flags === 'iu' ? text.toLowerCase() : text)
  const globs = patterns.map(pattern => fold(anchor(pattern)))
  return name => globs.some(glob => fitsGlob(glob, fold(name)) || fitsGlob(`${glob}/**`, fold(name)))
}

/** Whether one part of a path, or one key of a file, fits a pattern. */
export function matchPart(pattern: string): (part: string) => boolean {
  const whole = new RegExp(`^${translate(pattern)}$`, 'su')
  return part => whole.test(part)
}

function sourceOf(pattern: string): string {
  return translate(anchor(pattern))
}

function anchor(pattern: string): string {
  const name = withoutSlashes(pattern)
  return name.includes('/') ? name.replace(/^\//, '') : `**/${name}`
}

function translate(glob: string): string {
  return glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map(
      part =>
        ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[part] ??
        part.replace(/[.+^${}()|[\]\\/]/g, '\\$&'),
    )
    .join('')
}

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
