import { phaseEnv } from '../../../sandbox/phase-env.ts'
import type { PreparedTask } from '../../../sandbox/prepare.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { User } from '../../../sandbox/users.ts'

/** What a program in a sandbox printed, and what it wrote to file descriptor 3. */
export interface Said {
  readonly ok: boolean
  readonly output: Buffer
  readonly results: Buffer
}

/** Runs bash in a sandbox, as a harness does with `docker exec`. */
export async function runBash(
  sandbox: Sandbox,
  prepared: PreparedTask,
  options: { args: readonly string[]; user: Pick<User, 'uid' | 'gid'>; seconds: number; stdin?: Uint8Array },
): Promise<Said> {
  const output: Buffer[] = []
  const results: Buffer[] = []
  const ending = await sandbox.run({
    argv: ['/bin/bash', ...options.args],
    cwd: prepared.workdir,
    env: phaseEnv(prepared),
    uid: options.user.uid,
    gid: options.user.gid,
    seconds: options.seconds,
    maxOutputBytes: 2 ** 24,
    onOutput: (stream, chunk) => void (stream === 'results' ? results : output).push(chunk),
    ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
  })
  return {
    ok: ending.kind === 'exited' && ending.code === 0,
    output: Buffer.concat(output),
    results: Buffer.concat(results),
  }
}
