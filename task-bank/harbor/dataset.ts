import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import ignore from 'ignore'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { TaskError } from '../errors.ts'

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected "sha256:" and 64 hexadecimal digits')

/** `dataset.toml`: tasks and files that belong together, each by the digest of its content. */
const DatasetManifest = z.looseObject({
  dataset: z.looseObject({ name: z.string().min(1) }),
  tasks: z.array(z.looseObject({ name: z.string().min(1), digest: Digest })).default([]),
  files: z
    .array(
      z.looseObject({
        path: z
          .string()
          .regex(/^[^/\\\0]+$/, 'a name without "/"')
          .refine(name => name !== '..', 'no ".."'),
        digest: z.union([Digest, z.literal('')]).default(''),
      }),
    )
    .default([]),
})
export type DatasetManifest = z.infer<typeof DatasetManifest>

/** @throws TaskError naming line or key */
export function parseDataset(text: string, file: string): DatasetManifest {
  let raw: unknown
  try {
    raw = parseToml(text)
  } catch (error) {
    const { line, message } = error as { line?: number; message: string }
    throw new TaskError(file, [`line ${line ?? '?'}: ${message.split('\n')[0]}`])
  }
  const parsed = DatasetManifest.safeParse(raw)
  if (parsed.success) return parsed.data
  throw new TaskError(
    file,
    parsed.error.issues.map(({ path: key, message }) => `${key.join('.') || 'file'}: ${message}`),
  )
}

/**
 * Which of the given task folders are the dataset's, in its order.
 *
 * @throws TaskError for each task that is not there, or is there with other content, and for each such file
 */
export function findMembers(file: string, manifest: DatasetManifest, folders: readonly string[]): string[] {
  const byDigest = new Map(folders.map(folder => [`sha256:${digestPackage(folder)}`, folder]))
  const reasons: string[] = []
  const members = manifest.tasks.flatMap(({ name, digest }) => {
    const found = byDigest.get(digest)
    if (found !== undefined) return [found]
    const short = name.split('/').at(-1)
    const other = folders.find(folder => path.basename(folder) === short)
    reasons.push(
      other === undefined
        ? `tasks: "${name}": there is no such task below the folder of the file`
        : `tasks: "${name}": ${path.relative(path.dirname(file), other)} has the digest sha256:${digestPackage(other)}, expected ${digest}`,
    )
    return []
  })
  for (const one of manifest.files) {
    const real = path.join(path.dirname(file), one.path)
    if (!fs.statSync(real, { throwIfNoEntry: false })?.isFile())
      reasons.push(`files: "${one.path}": is missing`)
    else if (one.digest !== '' && one.digest !== `sha256:${hashFile(real)}`)
      reasons.push(`files: "${one.path}": has the digest sha256:${hashFile(real)}, expected ${one.digest}`)
  }
  if (reasons.length > 0) throw new TaskError(file, reasons)
  return members
}

const SINGLE = ['task.toml', 'instruction.md', 'README.md', 'trajectory.json']
const FOLDERS = ['environment', 'tests', 'solution', 'steps']
const USUALLY_IGNORED = ['__pycache__/', '*.pyc', '.DS_Store', '*.swp', '*.swo', '*~']

/**
 * The digest of a task as Harbor's packager makes it: what the task's `.gitignore` names is left out, or what is usually no
 * part of a task if it has none.
 */
export function digestPackage(folder: string): string {
  const own = path.join(folder, '.gitignore')
  const left = ignore().add(fs.existsSync(own) ? fs.readFileSync(own, 'utf8') : USUALLY_IGNORED)
  const names = [
    ...SINGLE.filter(name => isFile(path.join(folder, name))),
    ...FOLDERS.filter(name => fs.existsSync(path.join(folder, name))).flatMap(name =>
      fs
        .readdirSync(path.join(folder, name), { recursive: true, encoding: 'utf8' })
        .map(one => path.join(name, one))
        .filter(one => isFile(path.join(folder, one))),
    ),
  ]
  const hash = createHash('sha256')
  for (const name of names.filter(one => !left.ignores(one)).sort(byCodePoints))
    hash.update(`${name}\0${hashFile(path.join(folder, name))}\n`)
  return hash.digest('hex')
}

function byCodePoints(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

function isFile(file: string): boolean {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true
}

function hashFile(file: string): string {
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex')
}
