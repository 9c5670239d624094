import path from 'node:path'
import { languageOf, type Node, parseText, walk } from '../faults/syntax.ts'

/** Which files each file imports, as far as that can be read from their texts. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Reads the imports of Python, JavaScript and TypeScript files among each other; packages from elsewhere are left out.
 *
 * @param texts - by path from the top of the repository
 */
export async function readImports(texts: ReadonlyMap<string, string>): Promise<Imports> {
  const imports = new Map<string, Set<string>>()
  for (const [file, text] of texts) {
    const language = languageOf(file)
    const root = language && (await parseText(text, language))
    if (language === undefined || root === undefined) continue
    const find = language === 'python' ? modulesOfPython : modulesOfJavascript
    imports.set(file, new Set(find(file, root, name => texts.has(name))))
  }
  return imports
}

/** Every file that a test file reaches by imports, itself included. */
export function reachOf(file: string, imports: Imports): Set<string> {
  const reached = new Set([file])
  for (const one of reached) for (const next of imports.get(one) ?? []) reached.add(next)
  return reached
}

type Exists = (name: string) => boolean

/** Where a package may lie: at the top, in `src`, or beside whoever imports it. */
function modulesOfPython(file: string, root: Node, exists: Exists): string[] {
  const here = path.posix.dirname(file)
  const found: string[] = []
  const look = (roots: readonly string[], parts: readonly string[]): void => {
    for (const top of roots) {
      for (const length of parts.keys()) {
        const base = path.posix.join(top, ...parts.slice(0, length + 1))
        for (const name of [`${base}.py`, `${base}/__init__.py`]) if (exists(name)) found.push(name)
      }
    }
  }
  // Fixtures come without being imported.
  for (let folder = here; ; folder = path.posix.dirname(folder)) {
    const name = path.posix.join(folder, 'conftest.py')
    if (name !== file && exists(name)) found.push(name)
    if (folder === '.') break
  }
  for (const node of walk(root)) {
    if (node.type !== 'import_statement' && node.type !== 'import_from_statement') continue
    const [module, ...names] = node.children
      .filter(child => /^(dotted_name|aliased_import|relative_import)$/.test(child.type))
      .map(child => (child.children.find(({ field }) => field === 'name') ?? child).text)
    if (module === undefined) continue
    if (node.type === 'import_statement') {
      for (const name of [module, ...names]) look(['.', 'src', here], name.split('.'))
      continue
    }
    const dots = /^\.*/.exec(module)![0].length
    const parts = module.slice(dots).split('.').filter(Boolean)
    const roots = dots === 0 ? ['.', 'src', here] : [path.posix.join(here, ...Array(dots - 1).fill('..'))]
    look(roots, parts)
    for (const top of roots)
      if (dots > 0 && exists(path.posix.join(top, '__init__.py')))
        found.push(path.posix.join(top, '__init__.py'))
    for (const name of names) look(roots, [...parts, name])
  }
  return found
}

const ENDINGS = [
  '',
  '.ts',
  '.tsx',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.mts',
  '/index.ts',
  '/index.js',
  '/index.mjs',
]

function modulesOfJavascript(file: string, root: Node, exists: Exists): string[] {
  const found: string[] = []
  for (const node of walk(root)) {
    if (node.type !== 'string' || !/^['"]\.\.?(\/|['"])/.test(node.text)) continue
    const target = path.posix.join(path.posix.dirname(file), node.text.slice(1, -1))
    const sources = [target, target.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')]
    for (const name of sources.flatMap(one => ENDINGS.map(ending => one + ending)))
      if (exists(name)) found.push(name)
  }
  return found
}
