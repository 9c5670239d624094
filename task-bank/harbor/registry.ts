import { z } from 'zod'
import { TaskError } from '../errors.ts'

const Commit = z.string().regex(/^[0-9a-f]{7,64}$|^HEAD$/, 'a commit')
/** Below the repository, and nowhere else. */
const Path = z
  .string()
  .min(1)
  .refine(
    text => !text.startsWith('/') && !/(^|[/\\])\.\.([/\\]|$)|\0/.test(text),
    'a path inside the repository',
  )

const RegistryTask = z.looseObject({
  name: z.string().min(1),
  git_url: z.string().min(1).optional(),
  git_commit_id: Commit.optional(),
  path: Path,
})
export type RegistryTask = z.infer<typeof RegistryTask>

/** A dataset of a registry file; a task without a repository lies beside the file. */
const Dataset = z.looseObject({
  name: z.string().min(1),
  version: z.union([z.string(), z.number()]).transform(String).optional(),
  description: z.string().default(''),
  tasks: z.array(RegistryTask),
})
export type RegistryDataset = z.infer<typeof Dataset>

/**
 * Reads a registry file: a list of datasets, each with tasks at a path of a repository's commit.
 *
 * @param wanted - `name` or `name@version` of the dataset; may be left out if there is only one
 * @throws TaskError naming the key that is wrong, or the datasets that there are
 */
export function parseRegistry(text: string, file: string, wanted: string | undefined): RegistryDataset {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    throw new TaskError(file, [`is no JSON: ${(error as Error).message}`])
  }
  const parsed = z.array(Dataset).safeParse(raw)
  if (!parsed.success)
    throw new TaskError(
      file,
      parsed.error.issues.slice(0, 20).map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`),
    )
  const named = parsed.data.filter(
    one => wanted === undefined || wanted === one.name || wanted === `${one.name}@${one.version}`,
  )
  const chosen = named.length > 1 && wanted !== undefined ? named.slice(-1) : named
  if (chosen.length === 1) return chosen[0]!
  const names = parsed.data.map(one => (one.version === undefined ? one.name : `${one.name}@${one.version}`))
  const have =
    names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ')
  throw new TaskError(file, [
    `${wanted === undefined ? 'has more than one dataset' : `has no dataset "${wanted}"`}: write ${file}#<dataset> with one of ${have || 'none'}`,
  ])
}
