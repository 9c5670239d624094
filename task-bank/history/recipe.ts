import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'

/** How tests of a repository are run, its tests told from its source, and its environment built; written by the operator. */
const Patterns = z.array(z.string().min(1)).default([])
const RelativePath = z.string().regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[^/\0].*$/, 'a path within the repository')

export const Recipe = z.strictObject({
  /** What runs the tests; found out for each commit if absent. */
  runner: z.enum(['pytest', 'node', 'vitest']).optional(),
  /** Patterns of paths that win over the usual rules. */
  tests: Patterns,
  source: Patterns,
  visible: Patterns,
  told: Patterns,
  /** Files of the repository that name packages; of those, each that a commit has. Found by their usual names if absent. */
  dependencies: z.array(RelativePath).optional(),
  /** Further packages, as pip or npm take them. */
  packages: z.array(z.string().regex(/^[^-\s]\S*$/, 'one package, without options')).default([]),
  /** Shell commands in the image, at the repository, without a network. */
  build: z.array(z.string().regex(/^[^\n\\]+$/, 'one line without backslashes')).default([]),
  /** Variables while tests run. */
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'a name of a variable'), z.string()).default({}),
  /** Commits that are left out. */
  excluded: z.array(z.string().regex(/^[0-9a-f]{7,64}$/, 'at least seven digits of a commit')).default([]),
  test_seconds: z.number().positive().max(3600).default(120),
  build_seconds: z.number().positive().max(7200).default(600),
  memory_mb: z
    .number()
    .int()
    .positive()
    .max(2 ** 20)
    .default(1024),
  storage_mb: z
    .number()
    .int()
    .positive()
    .max(2 ** 20)
    .default(512),
  /** SPDX identifier, where the repository's own files are silent. */
  licence: z.string().min(1).max(60).optional(),
})
export type Recipe = z.infer<typeof Recipe>

/** What is done without a recipe. */
export const USUAL: Recipe = Recipe.parse({})

/**
 * Reads a recipe in TOML.
 *
 * @returns it, or each mistake as "line or key: what was expected"
 */
export function readRecipe(text: string): { recipe: Recipe } | { mistakes: string[] } {
  let raw: unknown
  try {
    raw = parseToml(text)
  } catch (error) {
    const { line, message } = error as { line?: number; message: string }
    return { mistakes: [`line ${line ?? '?'}: ${message.split('\n')[0]}`] }
  }
  const parsed = Recipe.safeParse(raw)
  return parsed.success
    ? { recipe: parsed.data }
    : { mistakes: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'file'}: ${message}`) }
}
