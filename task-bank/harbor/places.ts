import fs from 'node:fs'
import path from 'node:path'

/** Whether a path exists at or below a folder, links followed. */
export function isInside(folder: string, file: string): boolean {
  try {
    const root = fs.realpathSync(folder)
    const real = fs.realpathSync(file)
    return real === root || real.startsWith(`${root}${path.sep}`)
  } catch {
    return false
  }
}
