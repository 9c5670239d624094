import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { readFolder } from '../../../sandbox/archive.ts'
import { holding } from '../../../sandbox/hold.ts'
import { phaseEnv } from '../../../sandbox/phase-env.ts'
import { Slot } from '../../../sandbox/slot.ts'
import { UsageError } from '../errors.ts'
import { ready } from '../machine/setup.ts'
import { openAttempt } from './attempt.ts'

/** `arete shell <attempt>`: a shell in a sandbox in the state that was judged. It is removed at the end. */
export async function shell(folder: string): Promise<number> {
  if (!process.stdin.isTTY) throw new UsageError('Cannot open a shell: this is not a terminal')
  const surroundings = await ready()
  const run = randomBytes(6).toString('hex')
  await using _ = await holding(surroundings, run)
  const { prepared, patch } = await openAttempt(surroundings, folder, run)
  await using slot = new Slot({ ...surroundings, run })
  await using sandbox = await slot.take(prepared)
  if (patch !== undefined) await sandbox.put(prepared.workdir, patch.files, prepared.agentUser, patch.removed)
  await sandbox.put('/tests', readFolder(path.join(prepared.task.folder, 'tests')), { uid: 0, gid: 0 })
  console.log('The patch is applied, the hidden tests are in /tests. "exit" leaves and removes the sandbox.')
  const terminal = await surroundings.engine.openTerminal(sandbox.id, {
    argv: ['/bin/sh', '-c', 'command -v bash >/dev/null && exec bash || exec sh'],
    user: `${prepared.verifierUser.uid}:${prepared.verifierUser.gid}`,
    cwd: prepared.workdir,
    env: [...Object.entries(phaseEnv(prepared)), ['TERM', process.env.TERM ?? 'xterm']].map(
      ([key, value]) => `${key}=${value}`,
    ),
  })
  const fill = (): void =>
    void terminal.resize({ columns: process.stdout.columns, rows: process.stdout.rows }).catch(() => {})
  fill()
  process.stdout.on('resize', fill)
  process.stdin.setRawMode(true)
  process.stdin.pipe(terminal.stream)
  terminal.stream.pipe(process.stdout, { end: false })
  await new Promise<void>(resolve => terminal.stream.on('end', resolve).on('close', resolve))
  process.stdin.setRawMode(false)
  process.stdin.unpipe(terminal.stream)
  process.stdin.pause()
  process.stdout.removeListener('resize', fill)
  return 0
}
