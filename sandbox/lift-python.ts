import { z } from 'zod'
import { SandboxError } from './errors.ts'
import { Site } from './observation.ts'
import type { Sandbox } from './sandbox.ts'
import { RUNTIME } from './spec.ts'

const LiftedPython = z.union([
  z.strictObject({ error: z.string() }),
  z.strictObject({
    driver: z.string(),
    sites: z.record(z.string(), Site),
    soft: z.array(z.strictObject({ line: z.number().int(), why: z.string() })),
    gaps: z.array(z.number().int().positive()),
  }),
])
type LiftedPython = z.infer<typeof LiftedPython>

const Answer = z.strictObject({ files: z.record(z.string(), LiftedPython) })
const SECONDS = 60
const MAX_OUTPUT = 64 * 2 ** 20

/**
 * Takes the literal expectations out of test files for pytest, with the Python of the task's own image, so that the files
 * mean the same. Only Python can read Python.
 *
 * @param sandbox - a fresh one of ours, in which nothing untrusted has run
 * @param keep - sites that shall stay as they are
 * @returns undefined if that Python is too old for the lifter
 */
export async function liftPython(
  sandbox: Sandbox,
  env: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
  keep: readonly string[],
): Promise<Readonly<Record<string, LiftedPython>> | undefined> {
  const said: Record<'stdout' | 'stderr' | 'results', Buffer[]> = { stdout: [], stderr: [], results: [] }
  const ending = await sandbox.run({
    argv: ['/usr/bin/env', 'python3', '-I', '-B', `${RUNTIME}/runners/lift.py`],
    cwd: '/',
    env,
    uid: 65534,
    gid: 65534,
    stdin: Buffer.from(JSON.stringify({ files, keep })),
    seconds: SECONDS,
    maxOutputBytes: MAX_OUTPUT,
    onOutput: (stream, chunk) => void said[stream].push(chunk),
  })
  if (ending.kind === 'lost')
    throw new SandboxError('sandbox-lost', 'Cannot take tests apart: the container has ended')
  if (ending.kind !== 'exited' || ending.code !== 0) return undefined
  return Answer.parse(JSON.parse(Buffer.concat(said.stdout).toString())).files
}
