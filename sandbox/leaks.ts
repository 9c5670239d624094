import fs from 'node:fs'
import path from 'node:path'
import { joinFiles } from './archive.ts'
import { listFiles } from './digest.ts'
import { SandboxError } from './errors.ts'
import type { PreparedTask } from './prepare.ts'
import type { Slot } from './slot.ts'

/** A line this long is hardly written twice by chance. */
const LONG_LINE = 40
/** So many of them in one file are no coincidence. */
const TELLING = 3
const MAX_NEEDLES = 2000

/**
 * Looks for lines of the hidden tests and of the reference in everything that an agent can read in its container.
 *
 * @returns the files in which at least three of them stand
 */
export async function findLeaks(slot: Slot, prepared: PreparedTask): Promise<string[]> {
  const needles = listNeedles(prepared)
  if (needles.length === 0) return []
  const sandbox = await slot.take(prepared)
  try {
    await sandbox.put(
      '/tests',
      joinFiles([{ path: 'needles', mode: 0o400, content: Buffer.from(`${needles.join('\n')}\n`) }]),
      { uid: 0, gid: 0 },
    )
    const output: Buffer[] = []
    const skipped = ['proc', 'sys', 'tests', 'dev'].map(folder => `--exclude-dir=${folder}`).join(' ')
    const ending = await sandbox.run({
      argv: ['/bin/sh', '-c', `grep -rIoF --no-messages ${skipped} -f /tests/needles / ; true`],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      uid: 0,
      gid: 0,
      seconds: 300,
      maxOutputBytes: 64 * 2 ** 20,
      onOutput: (stream, chunk) => {
        if (stream === 'stdout') output.push(chunk)
      },
    })
    if (ending.kind !== 'exited')
      throw new SandboxError(
        'sandbox-lost',
        `Cannot search the container of "${prepared.task.name}": ${ending.kind}`,
      )
    return countByFile(Buffer.concat(output).toString())
  } finally {
    slot.discard(sandbox)
  }
}

/** Long lines of hidden files that do not stand in the repository as it is given to the agent anyway. */
function listNeedles({ task, repository }: PreparedTask): string[] {
  const given = Buffer.from(repository?.tree.body ?? new Uint8Array(0)).toString('latin1')
  const hidden = ['tests', 'solution']
    .map(part => path.join(task.folder, part))
    .filter(folder => fs.existsSync(folder))
  const lines = hidden.flatMap(folder =>
    listFiles(folder).flatMap(name => {
      const text = fs.readFileSync(path.join(folder, name), 'utf8').split('\n')
      const isDiff = /\.(patch|diff)$/.test(name)
      return isDiff ? text.filter(line => /^\+(?!\+\+)/.test(line)).map(line => line.slice(1)) : text
    }),
  )
  const long = lines.map(line => line.trim()).filter(line => line.length >= LONG_LINE)
  return [...new Set(long)]
    .filter(line => !given.includes(Buffer.from(line).toString('latin1')))
    .slice(0, MAX_NEEDLES)
}

function countByFile(output: string): string[] {
  const found = new Map<string, Set<string>>()
  for (const line of output.split('\n')) {
    const cut = line.indexOf(':')
    if (cut < 0) continue
    const file = line.slice(0, cut)
    found.set(file, (found.get(file) ?? new Set()).add(line.slice(cut + 1)))
  }
  return [...found].filter(([, lines]) => lines.size >= TELLING).map(([file]) => file)
}
