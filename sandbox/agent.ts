import fs from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { AgentManifest } from '../agent-runtime/manifest.ts'
import { type AgentPackages, installPackages } from './agent-packages.ts'
import { joinFiles, splitFiles } from './archive.ts'
import { bundleAgent } from './bundle.ts'
import { listFiles, sha256 } from './digest.ts'
import type { Files } from './sandbox.ts'

export { AgentManifest }

/** Who works on a task. `oracle` applies the reference solution, `nop` does nothing; both are there to check tasks. */
export type Agent = { readonly kind: 'oracle' } | { readonly kind: 'nop' } | Program | Patches

/** Patches that were made elsewhere, to be judged without an agent. */
export interface Patches {
  readonly kind: 'patches'
  /** Whose they are. */
  readonly name: string
  /** Unified diffs by the name of the task. */
  readonly byTask: ReadonlyMap<string, string>
}

/** A miner's agent, ready to be put into a sandbox. */
export interface Program {
  readonly kind: 'program'
  readonly manifest: AgentManifest
  /** SHA-256 over the miner's files. */
  readonly digest: string
  /** What goes into the container: for TypeScript and JavaScript one bundled file. */
  readonly files: Files
  readonly entry: string
  /** What lies in `node_modules` beside it. */
  readonly packages?: AgentPackages
}

/** The miner's mistake in the agent's folder; each reason names the file. */
export class AgentError extends Error {
  readonly reasons: readonly string[]

  constructor(source: string, reasons: readonly string[]) {
    super(`Cannot use the agent in ${source}:\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
    this.name = 'AgentError'
    this.reasons = reasons
  }
}

const MAX_PACKED_BYTES = 2 * 2 ** 20
const MAX_UNPACKED_BYTES = 16 * 2 ** 20
const LANGUAGE_OF: Readonly<Record<string, AgentManifest['language']>> = {
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.py': 'python',
  '.sh': 'command',
}

export function agentName(agent: Agent): string {
  switch (agent.kind) {
    case 'oracle':
    case 'nop':
      return agent.kind
    case 'program':
      return agent.manifest.name
    case 'patches':
      return agent.name
  }
}

/**
 * Loads `oracle`, `nop`, a folder with an `agent.json`, or a single file.
 *
 * @param installs - whether packages that it names are installed: for agents of this machine's own user, never for strangers'
 * @throws AgentError for what the miner has to mend
 */
export async function loadAgent(source: string, { installs = false } = {}): Promise<Agent> {
  if (source === 'oracle' || source === 'nop') return { kind: source }
  const stat = fs.statSync(source, { throwIfNoEntry: false })
  if (stat === undefined) throw new AgentError(source, ['there is no such folder or file'])
  const folder = stat.isDirectory() ? path.resolve(source) : path.dirname(path.resolve(source))
  const written = stat.isDirectory() ? readManifest(folder) : manifestOf(source)
  const manifest = { ...written, entry: path.posix.normalize(written.entry) }
  const entry = path.join(folder, manifest.entry)
  const files = stat.isDirectory() ? readOwn(folder) : readSingle(entry)
  if (!files.entries.some(file => file.path === manifest.entry))
    throw new AgentError(source, [`agent.json: entry: there is no file ${manifest.entry}`])
  checkSize(source, files)
  const digest = sha256(`${JSON.stringify(files.entries)}\0${sha256(files.body)}`)
  const bundled = manifest.language === 'typescript' || manifest.language === 'javascript'
  const program: Program = bundled
    ? { kind: 'program', manifest, digest, files: await bundle(source, folder, entry), entry: 'agent.mjs' }
    : { kind: 'program', manifest, digest, files: executable(files, manifest.entry), entry: manifest.entry }
  return manifest.packages === undefined ? program : await withPackages(source, program, installs)
}

/** The limits on size hold for the miner's own files only: what comes from npm is nobody's submission. */
async function withPackages(source: string, program: Program, installs: boolean): Promise<Program> {
  if (program.manifest.language !== 'command')
    throw new AgentError(source, [
      'agent.json: packages: only a command may have them; import libraries instead',
    ])
  if (!installs)
    throw new AgentError(source, [
      'agent.json: packages: only an agent of your own may have them, with "arete run"',
    ])
  const packages = await installPackages(program.manifest.packages ?? {})
  if ('mistake' in packages) throw new AgentError(source, [`agent.json: ${packages.mistake}`])
  return { ...program, packages, digest: sha256(`${program.digest}\0${packages.digest}`) }
}

function readManifest(folder: string): AgentManifest {
  const file = path.join(folder, 'agent.json')
  if (!fs.existsSync(file))
    throw new AgentError(folder, ['agent.json: missing (or name a single file instead of the folder)'])
  let raw: unknown
  try {
    raw = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new AgentError(folder, [`agent.json: ${(error as Error).message}`])
  }
  const parsed = AgentManifest.safeParse(raw)
  if (parsed.success) return parsed.data
  throw new AgentError(
    folder,
    parsed.error.issues.map(issue => `agent.json: ${issue.path.join('.') || 'file'}: ${issue.message}`),
  )
}

/** What the name of a single file says of the agent. @throws AgentError */
export function manifestOf(file: string): AgentManifest {
  const { base, ext, name } = path.parse(file)
  const language = LANGUAGE_OF[ext]
  if (language === undefined)
    throw new AgentError(file, [`a single file ends in one of ${Object.keys(LANGUAGE_OF).join(', ')}`])
  const parsed = AgentManifest.safeParse({ name, version: '0', language, entry: base })
  if (parsed.success) return parsed.data
  throw new AgentError(file, [`the file's name must be ${parsed.error.issues[0]?.message}`])
}

function readOwn(folder: string): Files {
  const skipped = /(^|\/)(node_modules|\.git|__pycache__)(\/|$)/
  const names = listFiles(folder).filter(name => !skipped.test(name))
  const odd = names.filter(name => !fs.existsSync(path.join(folder, name)))
  if (odd.length > 0)
    throw new AgentError(
      folder,
      odd.map(name => `${name}: its name is not UTF-8`),
    )
  return joinFiles(
    names.map(name => ({
      path: name,
      mode: modeOf(path.join(folder, name)),
      content: fs.readFileSync(path.join(folder, name)),
    })),
  )
}

function readSingle(file: string): Files {
  return joinFiles([{ path: path.basename(file), mode: modeOf(file), content: fs.readFileSync(file) }])
}

function modeOf(file: string): number {
  return fs.statSync(file).mode & 0o100 ? 0o755 : 0o644
}

function checkSize(source: string, files: Files): void {
  const reasons: string[] = []
  if (files.body.length > MAX_UNPACKED_BYTES)
    reasons.push(`its files have ${files.body.length} bytes, ${MAX_UNPACKED_BYTES} may be`)
  else {
    const packed = gzipSync(files.body).length
    if (packed > MAX_PACKED_BYTES) reasons.push(`packed it has ${packed} bytes, ${MAX_PACKED_BYTES} may be`)
  }
  if (reasons.length > 0) throw new AgentError(source, reasons)
}

/** The size limit holds for what is really run, too: libraries can come in only through the bundle. */
async function bundle(source: string, root: string, entry: string): Promise<Files> {
  const bundled = await bundleAgent(root, entry)
  if ('mistakes' in bundled) throw new AgentError(source, bundled.mistakes)
  const files = joinFiles([{ path: 'agent.mjs', mode: 0o644, content: bundled.content }])
  checkSize(source, files)
  return files
}

function executable(files: Files, entry: string): Files {
  return joinFiles(
    [...splitFiles(files)].map(({ entry: { path: name, mode }, content }) => ({
      path: name,
      mode: name === entry ? 0o755 : mode,
      content,
    })),
  )
}
