import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = path.resolve(import.meta.dirname, '..')
const SOURCES = ['agent-runtime', 'sandbox', 'task-bank', 'validator']
const IS_SOURCE = /\.(ts|mjs)$/
/** Tasks hold no part of the program. */
const LEFT_OUT = path.join('task-bank', 'tasks')
/** Compiled states that stay, since a program that runs may still import from the one that it began with. */
const MOST_KEPT = 8

/**
 * Imports a program of ours, compiled once for each state of its sources: translating every file whenever it is imported
 * would cost each command more than a second.
 *
 * @param entry - its file, below the root
 */
export async function importProgram(entry, root = ROOT) {
  const kept = path.join(root, 'node_modules/.cache/arete')
  const name = path.basename(entry, '.ts')
  const folder = path.join(kept, digestOf(root, entry))
  const program = path.join(folder, `${name}.mjs`)
  if (!fs.existsSync(program) && !(await compile({ root, entry, kept, folder }))) {
    const { register } = await import('tsx/esm/api')
    register()
    return await import(pathToFileURL(path.join(root, entry)).href)
  }
  markUsed(folder)
  process.setSourceMapsEnabled(true)
  return await import(pathToFileURL(program).href)
}

/** All that the compiled program depends on: what the sources say, and where they lie, which they may ask for. */
function digestOf(root, entry) {
  const hash = createHash('sha256').update(`${root}\0${entry}\0`)
  for (const folder of new Set([...SOURCES, path.dirname(entry)]))
    for (const file of listSources(root, folder)) {
      const content = fs.readFileSync(path.join(root, file))
      hash.update(`${file}\0${content.length}\0`).update(content)
    }
  return hash.digest('hex').slice(0, 32)
}

function listSources(root, folder) {
  if (folder === LEFT_OUT || !fs.existsSync(path.join(root, folder))) return []
  return fs
    .readdirSync(path.join(root, folder), { withFileTypes: true })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(entry => {
      const below = path.join(folder, entry.name)
      if (entry.isDirectory()) return listSources(root, below)
      return IS_SOURCE.test(entry.name) ? [below] : []
    })
}

/** @returns false where nothing can be kept, as on a machine whose program belongs to somebody else */
async function compile({ root, entry, kept, folder }) {
  let draft
  try {
    fs.mkdirSync(kept, { recursive: true })
    draft = fs.mkdtempSync(path.join(kept, 'draft-'))
  } catch {
    return false
  }
  try {
    await bundle({ root, entry, outdir: draft })
    moveTo(folder, draft)
  } finally {
    fs.rmSync(draft, { recursive: true, force: true })
  }
  removeOld(kept)
  return true
}

/** Packages stay outside: what a command does not need is not loaded. */
async function bundle({ root, entry, outdir }) {
  const { build, stop } = await import('esbuild')
  await build({
    entryPoints: [path.join(root, entry)],
    absWorkingDir: root,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    keepNames: true,
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'error',
    define: { 'import.meta.dirname': 'SOURCE_FOLDER', 'import.meta.url': 'SOURCE_URL' },
    plugins: [{ name: 'places', setup: ({ onLoad }) => onLoad({ filter: IS_SOURCE }, withPlaces) }],
  })
  await stop()
}

/** Files that lie beside a source are found from where it lies. On its first line, so that all others keep their number. */
function withPlaces({ path: file }) {
  const source = fs.readFileSync(file, 'utf8')
  const places = `const SOURCE_FOLDER = ${JSON.stringify(path.dirname(file))}, SOURCE_URL = ${JSON.stringify(pathToFileURL(file).href)};`
  return { loader: 'ts', contents: source.includes('import.meta.') ? places + source : source }
}

/** Whoever is first wins; what the other one made is the same. */
function moveTo(folder, draft) {
  try {
    fs.renameSync(draft, folder)
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  }
}

/** What was used last is removed last. */
function markUsed(folder) {
  try {
    fs.utimesSync(folder, new Date(), new Date())
  } catch {
    // It belongs to somebody else, who removes it.
  }
}

function removeOld(kept) {
  const age = name => fs.statSync(path.join(kept, name), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const names = fs.readdirSync(kept).toSorted((one, other) => age(other) - age(one))
  for (const name of names.slice(MOST_KEPT))
    fs.rmSync(path.join(kept, name), { recursive: true, force: true })
}
