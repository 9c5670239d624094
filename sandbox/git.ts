import { execa } from 'execa'
import { SandboxError } from './errors.ts'

export interface GitResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/** Nothing outside the given repository may influence git, and nothing inside may start a program. */
const CONFIG = [
  'core.hooksPath=/dev/null',
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=true',
  'core.autocrlf=false',
  'core.precomposeUnicode=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'protocol.allow=never',
  'diff.external=',
  'uploadpack.packObjectsHook=',
].flatMap(setting => ['-c', setting])

const ENVIRONMENT = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
}

const CRASHES = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGILL']

/**
 * Runs git on the host against a repository of ours. A non-zero exit is a value, and so is more output than `maxBytes`; git
 * missing or hanging is not, unless what it reads is `foreign`: some diffs make git abort or take for ever.
 *
 * @throws SandboxError `git-failed` if it cannot be run or takes over a minute
 */
export async function git(
  args: readonly string[],
  options: {
    gitDir?: string
    cwd?: string
    input?: Uint8Array | string
    env?: Readonly<Record<string, string>>
    maxBytes?: number
    foreign?: true
    /** It may take so long instead of a minute. */
    seconds?: number
  } = {},
): Promise<GitResult> {
  const result = await execa('git', [...CONFIG, ...args], {
    cwd: options.cwd ?? options.gitDir ?? '/',
    env: {
      ...ENVIRONMENT,
      ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
      ...options.env,
    },
    extendEnv: false,
    encoding: 'buffer',
    reject: false,
    stripFinalNewline: false,
    timeout: (options.seconds ?? 60) * 1000,
    maxBuffer: options.maxBytes ?? 256 * 2 ** 20,
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  })
  // Too much output is what a patch did, not what went wrong with git; and so are these with a stranger's diff.
  const isTheirs =
    options.foreign === true && (result.timedOut || CRASHES.some(signal => signal === result.signal))
  if (result.exitCode === undefined && !result.isMaxBuffer && !isTheirs) {
    throw new SandboxError('git-failed', `Cannot run "git ${args[0]}": ${result.shortMessage}`, {
      cause: result.cause,
    })
  }
  return {
    code: result.exitCode ?? 1,
    stdout: Buffer.from(result.stdout),
    stderr: Buffer.from(result.stderr).toString().trim(),
  }
}

/** The same for commands that can only fail by our own fault. */
export async function gitOrThrow(...call: Parameters<typeof git>): Promise<Buffer> {
  const { code, stdout, stderr } = await git(...call)
  if (code !== 0)
    throw new SandboxError(
      'git-failed',
      `"git ${call[0].slice(0, 3).join(' ')}" failed with ${code}: ${stderr}`,
    )
  return stdout
}

/** A path as `git fast-import` reads it. */
export function quotePath(name: string): string {
  const bytes = [...Buffer.from(name)].map(byte =>
    byte < 0x20 || byte >= 0x7f || byte === 0x22 || byte === 0x5c
      ? `\\${byte.toString(8).padStart(3, '0')}`
      : String.fromCharCode(byte),
  )
  return `"${bytes.join('')}"`
}

/** One change in a `git fast-import` stream. */
export type ImportLine =
  | {
      readonly kind: 'modify'
      readonly mode: '100644' | '100755' | '120000'
      readonly path: string
      readonly content: Uint8Array
    }
  | { readonly kind: 'delete'; readonly path: string }

/**
 * A commit as input for `git fast-import`, which prints its id. Author and dates are fixed, so that equal trees give equal
 * ids; contents go in as they are, past every filter and attribute.
 */
export function buildImport(options: { ref: string; from?: string; lines: readonly ImportLine[] }): Buffer {
  const who = 'Arete <arete@example.invalid> 946684800 +0000'
  const parts: Uint8Array[] = []
  const text = (line: string): void => void parts.push(Buffer.from(line))
  text(`commit ${options.ref}\nmark :1\nauthor ${who}\ncommitter ${who}\ndata 7\nInitial\n`)
  if (options.from !== undefined) text(`from ${options.from}\n`)
  for (const line of options.lines) {
    if (line.kind === 'delete') text(`D ${quotePath(line.path)}\n`)
  }
  for (const line of options.lines) {
    if (line.kind !== 'modify') continue
    text(`M ${line.mode} inline ${quotePath(line.path)}\ndata ${line.content.length}\n`)
    parts.push(line.content)
    text('\n')
  }
  text('\nget-mark :1\ndone\n')
  return Buffer.concat(parts)
}

/** Runs `git fast-import` and gives the commit's id, or why git refused. */
export async function importCommit(
  gitDir: string,
  stream: Buffer,
  env: Readonly<Record<string, string>> = {},
): Promise<{ commit: string } | { refused: string }> {
  const args = ['-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet', '--done', '--date-format=raw']
  const { code, stdout, stderr } = await git(args, { gitDir, input: stream, env })
  if (code !== 0)
    return { refused: stderr.split('\n').find(line => line.startsWith('fatal:')) ?? `exit ${code}` }
  return { commit: stdout.toString().trim() }
}

/** The contents of blobs by id; undefined if they are more than `maxBytes` together. */
export async function readBlobs(
  gitDir: string,
  ids: readonly string[],
  maxBytes: number,
): Promise<ReadonlyMap<string, Buffer> | undefined> {
  const contents = new Map<string, Buffer>()
  if (ids.length === 0) return contents
  const input = `${ids.join('\n')}\n`
  const sizes = await gitOrThrow(['cat-file', '--batch-check=%(objectsize)'], { gitDir, input })
  const total = sizes
    .toString()
    .split('\n')
    .reduce((sum, line) => sum + Number(line), 0)
  if (!(total <= maxBytes)) return undefined
  const output = await gitOrThrow(['cat-file', '--batch'], { gitDir, input })
  let offset = 0
  for (const id of ids) {
    const end = output.indexOf(0x0a, offset)
    const size = Number(output.toString('latin1', offset, end).split(' ')[2])
    contents.set(id, output.subarray(end + 1, end + 1 + size))
    offset = end + 1 + size + 1
  }
  return contents
}
