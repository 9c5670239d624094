import path from 'node:path'
import { buildSync } from 'esbuild'
import { z } from 'zod'
import { joinFiles } from './archive.ts'
import { SandboxError } from './errors.ts'
import type { Finding, Inspection } from './inspection.ts'
import { phaseEnv } from './phase-env.ts'
import type { PreparedTask } from './prepare.ts'
import type { Sandbox } from './sandbox.ts'
import { AGENT_FOLDER, RUNTIME } from './spec.ts'

const Announcement = z.object({ file: z.string().max(8192), size: z.number().int().nonnegative() })
const PROGRAM = 'exhibit.mjs'
/** Runtime, work tree and scratch folders together; a sandbox cannot hold more. */
const MAX_BYTES = 2 ** 34

/**
 * Searches all that can be read in a sandbox beyond its image, by root and with the environment of an agent: mounts,
 * processes, their variables. For a sandbox in which no agent runs afterwards.
 *
 * @param onFile - told of each file before it is searched
 * @param skip - mounts that are the same in every sandbox and were searched before
 */
export async function searchSandbox(
  sandbox: Sandbox,
  prepared: PreparedTask,
  inspection: Inspection,
  onFile: (file: string) => void = () => {},
  skip: readonly string[] = [],
): Promise<Finding[]> {
  const root = { uid: 0, gid: 0 }
  const program = joinFiles([{ path: PROGRAM, mode: 0o444, content: bundleProgram() }])
  const findings: Finding[] = []
  const stderr: Buffer[] = []
  const read = openReader(file => {
    onFile(file)
    const inspected = inspection.open(file)
    return { add: inspected.add, end: () => findings.push(...inspected.end()) }
  })
  const put = sandbox.put(AGENT_FOLDER, program, root)
  const ended = await sandbox.run({
    ...root,
    argv: [`${RUNTIME}/bin/node`, `${AGENT_FOLDER}/${PROGRAM}`, ...skip],
    cwd: prepared.workdir,
    env: phaseEnv(prepared),
    seconds: 300,
    maxOutputBytes: MAX_BYTES,
    onOutput: (stream, chunk) => void (stream === 'stdout' ? read(chunk) : stderr.push(chunk)),
  })
  await put
  if (ended.kind !== 'exited' || ended.code !== 0) {
    const said = Buffer.concat(stderr).toString().trim().split('\n').at(-1)
    throw new SandboxError(
      'sandbox-lost',
      `Cannot search a sandbox of "${prepared.task.name}": ${ended.kind === 'exited' ? said : ended.kind}`,
    )
  }
  return findings
}

let bundled: Uint8Array | undefined

function bundleProgram(): Uint8Array {
  if (bundled !== undefined) return bundled
  const { outputFiles } = buildSync({
    entryPoints: [path.join(import.meta.dirname, 'exhibit.ts')],
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
  })
  bundled = outputFiles[0]!.contents
  return bundled
}

/** Takes the files apart that the program writes one after the other. */
function openReader(
  open: (file: string) => { add(chunk: Uint8Array): void; end(): void },
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let left = 0
  let file: ReturnType<typeof open> | undefined
  return chunk => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (file !== undefined) {
        const part = rest.subarray(0, left)
        file.add(part)
        left -= part.length
        rest = rest.subarray(part.length)
        if (left > 0) return
        file.end()
        file = undefined
      }
      const end = rest.indexOf('\n')
      if (end < 0) return
      const next = Announcement.parse(JSON.parse(rest.toString('utf8', 0, end)))
      rest = rest.subarray(end + 1)
      left = next.size
      file = open(next.file)
    }
  }
}
