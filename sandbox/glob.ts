/**
 * Whether a path fits one of some patterns: `*` within a part, `**` across parts, `?` one character. A pattern without `/`
 * but at its end fits the name in any folder; one that fits a folder fits everything below it.
 */
export function matchPaths(patterns: readonly string[], flags: 'u' | 'iu'): (name: string) => boolean {
  if (patterns.length === 0) return () => false
  const whole = new RegExp(`^(?:${patterns.map(sourceOf).join('|')})(?:/|$)`, flags)
  return name => whole.test(name)
}

/** Whether one part of a path, or one key of a file, fits a pattern. */
export function matchPart(pattern: string): (part: string) => boolean {
  const whole = new RegExp(`^${translate(pattern)}$`, 'su')
  return part => whole.test(part)
}

function sourceOf(pattern: string): string {
  const name = pattern.replace(/\/+$/, '')
  return translate(name.includes('/') ? name.replace(/^\//, '') : `**/${name}`)
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
