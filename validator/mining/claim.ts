import fs from 'node:fs'
import path from 'node:path'
import { isAlive, processName } from '../../sandbox/owner.ts'
import { SourceError } from './source.ts'

/**
 * Keeps other commands away from a folder in which one is at work: two at once would remove each other's work. What a dead
 * one holds is free.
 *
 * @throws SourceError if a living command holds it
 */
export function claim(folder: string): Disposable {
  const lock = path.join(folder, 'lock')
  const holder = fs.existsSync(lock) ? fs.readFileSync(lock, 'utf8') : ''
  if (holder !== '' && holder !== processName() && isAlive(holder))
    throw new SourceError(`Cannot work in ${folder}: another command is doing so for this repository`)
  fs.writeFileSync(`${lock}.${process.pid}`, processName())
  fs.renameSync(`${lock}.${process.pid}`, lock)
  return { [Symbol.dispose]: () => fs.rmSync(lock, { force: true }) }
}
