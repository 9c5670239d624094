import fs from 'node:fs'
import path from 'node:path'
import { cacheFolder } from './cache.ts'
import { isAlive, processName } from './owner.ts'

/** A folder that is removed at the end of its block; if this process dies, by `reapTemporary` of a later one. */
export function openTemporary(): { readonly path: string } & Disposable {
  const root = temporaryRoot()
  const folder = fs.mkdtempSync(path.join(root, `${Buffer.from(processName()).toString('hex')}-`))
  return {
    path: folder,
    [Symbol.dispose]: () => fs.rmSync(folder, { recursive: true, force: true }),
  }
}

/** Removes the temporary folders of processes that are gone; gives their paths. */
export function reapTemporary(): string[] {
  const root = temporaryRoot()
  const abandoned = fs
    .readdirSync(root)
    .filter(name => !isAlive(Buffer.from(name.split('-')[0]!, 'hex').toString()))
    .map(name => path.join(root, name))
  for (const folder of abandoned) fs.rmSync(folder, { recursive: true, force: true })
  return abandoned
}

/** On the same disk as what is kept, so that a finished folder can be moved into place at once. */
function temporaryRoot(): string {
  const root = path.join(cacheFolder(), 'temporary')
  fs.mkdirSync(root, { recursive: true })
  return root
}
