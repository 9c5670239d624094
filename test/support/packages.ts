import fs from 'node:fs'
import path from 'node:path'

const INSTALLED = path.resolve(import.meta.dirname, '../../node_modules')

/** Copies an installed package, and what it needs, into a folder of packages. */
export function copyPackage(name: string, target: string): void {
  const from = path.join(INSTALLED, name)
  const to = path.join(target, name)
  if (fs.existsSync(to) || !fs.existsSync(from)) return
  fs.cpSync(from, to, { recursive: true })
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
    fs.readFileSync(path.join(from, 'package.json'), 'utf8'),
  )
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) copyPackage(needed, target)
}
