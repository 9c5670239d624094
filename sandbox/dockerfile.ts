import type { TarFile } from './archive.ts'
import { fitsGlob } from './glob.ts'
import { withoutSlashes } from './slashes.ts'

/**
 * A build context whose Dockerfile needs no `COPY --chmod`, which the engine's own builder does not know: the flag is taken
 * out, and the copied files get that mode in the context instead.
 */
export function withoutChmod(context: readonly TarFile[]): TarFile[] {
  const dockerfile = context.find(file => file.name === 'Dockerfile')
  if (dockerfile === undefined) return [...context]
  const modes = new Map<string, number>()
  const lines = Buffer.from(dockerfile.content)
    .toString()
    .split('\n')
    .map(line => {
      const found = /^\s*(?:COPY|ADD)\s.*--chmod=([0-7]{3,4})\s/i.exec(line)
      if (found === null || /--from=/.test(line)) return line
      for (const source of sourcesOf(line)) modes.set(source, Number.parseInt(found[1]!, 8))
      return line.replace(/--chmod=[0-7]{3,4}\s+/, '')
    })
  return context.map(file => {
    if (file === dockerfile) return { ...file, content: lines.join('\n') }
    const mode = [...modes].find(([source]) => isBelow(file.name, source))?.[1]
    return mode === undefined ? file : { ...file, mode }
  })
}

/** All but the last word after the flags, relative to the context. */
function sourcesOf(line: string): string[] {
  const words = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .filter(word => !word.startsWith('--'))
  return words.slice(0, -1).map(word => withoutSlashes(word.replace(/^\.?\//, '')))
}

function isBelow(name: string, source: string): boolean {
  // To a builder two stars are no more than one.
  const glob = source.replace(/\*+/g, '*')
  return glob === '' || glob === '.' || fitsGlob(glob, name) || fitsGlob(`${glob}/**`, name)
}
