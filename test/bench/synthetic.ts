import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'
import { SUMS, writeTask } from '../support/task.ts'

export interface Size {
  readonly files: number
  readonly bytes: number
  /** `script`: its tests take next to no time. */
  readonly runner: 'pytest' | 'script'
}

/** Writes a task whose repository has so many files and bytes, always the same ones. */
export function writeSized(folder: string, { files, bytes, runner }: Size): Task {
  const filler = Array.from({ length: files - 1 }, (_, number) => [
    `part${number % 20}/file${number}.txt`,
    text(number + 1, Math.floor(bytes / files)),
  ])
  writeTask(folder, { runner, repository: { 'sums.py': SUMS, ...Object.fromEntries(filler) } }, 'bench')
  return loadHarborTask(folder, {})
}

/** Lines of pseudo-random words; compresses about as badly as source does. */
function text(seed: number, bytes: number): string {
  let state = seed
  let result = ''
  while (result.length < bytes) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    result += state.toString(36) + (state % 7 === 0 ? '\n' : ' ')
  }
  return result.slice(0, bytes)
}
