import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { writeFiles } from './task.ts'

/** A folder with these files in it, gone when the test is over. */
export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'arete-test-'))
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, files)
  return folder
}
