import fs from 'node:fs'
import path from 'node:path'
import { AgentError, manifestOf } from '../../sandbox/agent.ts'
import type { PackedFile } from './pack.ts'

/** What is made anew wherever it is needed. */
const SKIPPED = new Set(['node_modules', '.git', '__pycache__', '.DS_Store'])

/**
 * Files of an agent on our disk. A single file gets the `agent.json` that its name stands for.
 *
 * @throws AgentError with everything that cannot be packed
 */
export function readAgentFiles(source: string): PackedFile[] {
  const stat = fs.statSync(source, { throwIfNoEntry: false })
  if (stat === undefined) throw new AgentError(source, ['there is no such folder or file'])
  if (!stat.isDirectory()) return readSingle(source)
  const mistakes: string[] = []
  const files: PackedFile[] = []
  for (const name of listNames(Buffer.from(source), Buffer.alloc(0))) {
    const shown = name.toString('utf8')
    const file = Buffer.concat([Buffer.from(`${source}/`), name])
    const entry = fs.lstatSync(file)
    if (!Buffer.from(shown).equals(name)) mistakes.push(`${shown}: its name is not UTF-8: rename it`)
    else if (entry.isSymbolicLink()) mistakes.push(`${shown}: it is a link: put the file itself there`)
    else if (!entry.isFile()) mistakes.push(`${shown}: it is neither a file nor a folder`)
    else files.push(readOne(file, shown))
  }
  if (mistakes.length > 0) throw new AgentError(source, mistakes)
  return files
}

/** Names of everything below a folder but folders, as bytes: not every name is UTF-8. */
function listNames(root: Buffer, below: Buffer): Buffer[] {
  const join = (...parts: Buffer[]): Buffer =>
    Buffer.concat(parts.filter(part => part.length > 0).flatMap((part, at) => (at ? [SLASH, part] : [part])))
  return fs
    .readdirSync(join(root, below), { withFileTypes: true, encoding: 'buffer' })
    .filter(({ name }) => !SKIPPED.has(name.toString('latin1')))
    .flatMap(entry => {
      const name = join(below, entry.name)
      return entry.isDirectory() ? listNames(root, name) : [name]
    })
}

const SLASH = Buffer.from('/')

function readSingle(source: string): PackedFile[] {
  const manifest = `${JSON.stringify(manifestOf(source), undefined, 2)}\n`
  return [
    { path: 'agent.json', executable: false, content: Buffer.from(manifest) },
    readOne(source, path.basename(source)),
  ]
}

function readOne(file: string | Buffer, name: string): PackedFile {
  const executable = (fs.statSync(file).mode & 0o100) !== 0
  return { path: name, executable, content: fs.readFileSync(file) }
}
