import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

/** SHA-256 in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** Digest of all files below some files and folders: names, executable bits and bytes. */
export function digestFiles(roots: readonly string[]): string {
  const hash = createHash('sha256')
  for (const root of roots) {
    for (const name of listFiles(root)) {
      const file = path.join(root, name)
      const bytes = fs.readFileSync(file)
      hash.update(`${name}\0${fs.statSync(file).mode & 0o100 ? 'x' : '-'}\0${bytes.length}\0`).update(bytes)
    }
  }
  return hash.digest('hex')
}

/** Relative paths of all files below a folder, sorted; `['']` for a file. Links are not followed. */
export function listFiles(root: string): string[] {
  if (!fs.statSync(root).isDirectory()) return ['']
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort()
}
