import fs from 'node:fs'
import path from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { TaskError } from './errors.ts'

const Line = z
  .string()
  .min(1)
  .refine(text => !/[\0\r\n]/.test(text), 'expected one line')

const Fields = {
  /** Image to begin with; one of Debian or a child of it where packages are named. */
  base: Line.default('arete/base:1'),
  /** Debian packages. */
  packages: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, 'expected the name of a Debian package'))
    .default([]),
  /** Shell commands, run as root without a network before the repository is there. */
  commands: z.array(Line).default([]),
  /** The same in the repository. */
  install: z.array(Line).default([]),
  /** Variables of the image. */
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected the name of a variable'), Line).default({}),
  /** Where the repository goes in the image. */
  workdir: Line.startsWith('/').default('/testbed'),
}

/** How to make an image without a registry: packages on a base, and a repository at one commit out of a local clone. */
export const Recipe = z.strictObject({
  ...Fields,
  /** Folder of a git repository, bare or not, that has the commit. */
  clone: Line.startsWith('/'),
  commit: z.string().regex(/^[0-9a-f]{7,64}$/, 'expected the hexadecimal id of a commit'),
})
export type Recipe = z.infer<typeof Recipe>

const Recipes = z.strictObject({
  repository: z.record(z.string(), z.strictObject({ ...Fields, clone: Line })),
})

/** Recipes by repository, each waiting for a commit. */
export type Recipes = ReadonlyMap<string, Omit<Recipe, 'commit'>>

/** The file by which a task's folder says that its image is made by a recipe. */
export const RECIPE_FILE = 'environment/recipe.json'

/**
 * Reads an operator's file of recipes, TOML or JSON: a table `repository."owner/name"` for each. Clones are named relative to it.
 *
 * @throws TaskError naming line or key
 */
export function readRecipes(file: string): Recipes {
  if (!fs.existsSync(file)) throw new TaskError(file, ['there is no such file'])
  const parsed = Recipes.safeParse(parseTable(file, fs.readFileSync(file, 'utf8')))
  if (!parsed.success) throw new TaskError(file, sayIssues(parsed.error))
  return new Map(
    Object.entries(parsed.data.repository).map(([name, recipe]) => {
      const clone = path.resolve(path.dirname(file), recipe.clone)
      if (!fs.existsSync(clone))
        throw new TaskError(file, [`repository."${name}".clone: there is no folder ${clone}`])
      return [name, { ...recipe, clone }]
    }),
  )
}

/** @throws TaskError naming the key */
export function readRecipe(folder: string): Recipe {
  const file = path.join(folder, RECIPE_FILE)
  let raw: unknown
  try {
    raw = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new TaskError(folder, [`${RECIPE_FILE}: ${(error as Error).message}`])
  }
  const parsed = Recipe.safeParse(raw)
  if (parsed.success) return parsed.data
  throw new TaskError(
    folder,
    sayIssues(parsed.error).map(issue => `${RECIPE_FILE}: ${issue}`),
  )
}

function parseTable(file: string, text: string): unknown {
  try {
    return file.endsWith('.json') ? JSON.parse(text) : parseToml(text)
  } catch (error) {
    throw new TaskError(file, [(error as Error).message.split('\n')[0]!])
  }
}

function sayIssues(error: z.ZodError): string[] {
  return error.issues.map(issue => `${issue.path.join('.') || 'file'}: ${issue.message}`)
}
