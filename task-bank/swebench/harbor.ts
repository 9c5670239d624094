import fs from 'node:fs'
import path from 'node:path'
import { stringify as stringifyToml } from 'smol-toml'
import { TaskError } from '../errors.ts'
import { isPytest } from '../logs/parsers.ts'
import { RECIPE_FILE, type Recipes } from '../recipe.ts'
import { parserOf } from './classic.ts'
import { parseRow, type Row, renderRow } from './row.ts'
import { renderGrader } from './script.ts'

/** The file by which a Harbor task says that it is a row of the SWE-bench family. */
export const ROW_FILE = 'tests/config.json'
/** Column of a row that holds a Harbor task's files where these are not what we would make of the row: path → base64, as JSON. */
const FILES_COLUMN = 'harbor_files'
const WORKDIR = '/testbed'
const AGENT_SECONDS = 3000
const VERIFIER_SECONDS = 1800

/**
 * A row as a Harbor task: its files by path. The whole row lies in `tests/config.json`, so that nothing is lost; `tests/test.sh` is
 * for those who run it elsewhere.
 *
 * @param recipes - how images are made for repositories; they come first
 * @param isForced - whether a Dockerfile of the row's own comes before the image that it names
 */
export function buildHarborTask(
  row: Row,
  recipes: Recipes = new Map(),
  isForced = false,
): Map<string, Buffer> {
  const kept = row[FILES_COLUMN]
  if (typeof kept === 'string') return unpackFiles(row.instance_id, kept)
  const recipe = recipes.get(row.repo)
  const { instance_id, repo, base_commit, version, image, build_files } = row
  const isBuilt = recipe === undefined && build_files !== undefined && (image === undefined || isForced)
  const manifest = {
    schema_version: '1.4',
    source: `swebench:${repo}@${base_commit}`,
    task: { name: `swebench/${instance_id}`, keywords: [repo, ...(version === undefined ? [] : [version])] },
    metadata: { difficulty: difficultyOf(row), category: 'swe-bench' },
    agent: { timeout_sec: AGENT_SECONDS },
    verifier: { timeout_sec: VERIFIER_SECONDS },
    environment: {
      ...(recipe === undefined && !isBuilt ? { docker_image: imageOf(row) } : {}),
      workdir: recipe?.workdir ?? WORKDIR,
      memory_mb: 4096,
      network_mode: 'no-network',
    },
  }
  const texts: Record<string, string> = {
    'task.toml': `${stringifyToml(manifest)}\n`,
    'instruction.md': row.problem_statement,
    ...(recipe === undefined ? {} : { [RECIPE_FILE]: renderJson({ ...recipe, commit: base_commit }) }),
    [ROW_FILE]: renderJson(renderRow(row)),
    'tests/test.sh': renderTestScript(row),
    ...(row.eval_script === undefined ? {} : { 'tests/eval.sh': row.eval_script }),
    'tests/test.patch': row.test_patch,
    'solution/gold.patch': row.patch,
    'solution/solve.sh': SOLVE,
  }
  const context = Object.entries(isBuilt ? build_files : {})
  return new Map([
    ...Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)] as const),
    ...context.map(([name, content]) => [`environment/${name}`, Buffer.from(content, 'base64')] as const),
  ])
}

/** Writes a task's files below a folder. */
export function writeHarborTask(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, content] of files) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content, { mode: name.endsWith('.sh') ? 0o755 : 0o644 })
  }
}

/** The row that a Harbor task carries; none if its `tests/config.json` is something else, or not there. */
export function readCarriedRow(folder: string): Row | undefined {
  const file = path.join(folder, ROW_FILE)
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined
  try {
    const parsed = parseRow(JSON.parse(fs.readFileSync(file, 'utf8')))
    return 'row' in parsed ? parsed.row : undefined
  } catch {
    return undefined
  }
}

/**
 * A Harbor task that carries a row as that row. Whatever in its folder is not what we would make of the row comes along in a column
 * of its own, so that the way back gives the same files.
 *
 * @throws TaskError if it carries none
 */
export function readHarborRow(folder: string): Row {
  const row = readCarriedRow(folder)
  if (row === undefined)
    throw new TaskError(folder, [`${ROW_FILE}: expected a row of the SWE-bench family, as an object`])
  const files = readFiles(folder)
  const usual = buildHarborTask(row)
  const isUsual =
    files.size === usual.size && [...usual].every(([name, content]) => files.get(name)?.equals(content))
  return isUsual ? row : { ...row, [FILES_COLUMN]: packFiles(files) }
}

/** The image of a row: its own, or the one that is published for its id. */
export function imageOf({ image, instance_id }: Row): string {
  return image ?? `swebench/sweb.eval.x86_64.${instance_id.toLowerCase().replaceAll('__', '_1776_')}:latest`
}

const SOLVE = `#!/bin/bash
git apply --whitespace=nowarn /solution/gold.patch || patch --batch --fuzz=5 -p1 -i /solution/gold.patch
`

/** For a harness that knows nothing of rows: runs the evaluation script and grades by what pytest prints. */
function renderTestScript(row: Row): string {
  const parser = parserOf(row)
  if (parser === undefined || !isPytest(parser) || row.eval_script === undefined)
    return `#!/bin/bash
# The log of this task's tests is read by a parser that a shell script does not have: run it with "arete run".
mkdir -p /logs/verifier
echo 0 > /logs/verifier/reward.txt
`
  return renderGrader(row.base_commit)
}

function difficultyOf({ difficulty }: Row): string {
  return typeof difficulty === 'string' ? difficulty : 'unknown'
}

function readFiles(folder: string): Map<string, Buffer> {
  const names = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter(name => !/(^|\/)(certificate|lift)\.json$|(^|\/)(\.git|__pycache__)\//.test(name))
    .sort()
  return new Map(names.map(name => [name, fs.readFileSync(path.join(folder, name))]))
}

function packFiles(files: ReadonlyMap<string, Buffer>): string {
  return JSON.stringify(
    Object.fromEntries([...files].map(([name, content]) => [name, content.toString('base64')])),
  )
}

/** Names are a stranger's: none may lead out of the task's folder. */
function unpackFiles(id: string, packed: string): Map<string, Buffer> {
  let raw: unknown
  try {
    raw = JSON.parse(packed)
  } catch {
    raw = undefined
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new TaskError(id, [`${FILES_COLUMN}: expected an object of files as JSON`])
  return new Map(
    Object.entries(raw).map(([name, content]) => {
      const parts = name.split('/')
      if (
        parts.some(part => part === '' || part === '.' || part === '..' || part.includes('\0')) ||
        name.length > 1000
      )
        throw new TaskError(id, [`${FILES_COLUMN}: ${JSON.stringify(name)}: expected a path inside the task`])
      if (typeof content !== 'string') throw new TaskError(id, [`${FILES_COLUMN}: ${name}: expected base64`])
      return [name, Buffer.from(content, 'base64')]
    }),
  )
}

function renderJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
