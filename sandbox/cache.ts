import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Folder for what can be made again: `ARETE_CACHE`, else the user's cache folder. Created if missing. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache')
  const folder = process.env.ARETE_CACHE ?? path.join(base, 'arete')
  fs.mkdirSync(folder, { recursive: true })
  return folder
}
