import fs from 'node:fs'
import path from 'node:path'
import { stringify as stringifyToml } from 'smol-toml'
import { parseDocument, stringify as stringifyYaml } from 'yaml'
import { z } from 'zod'
import { TaskError } from './errors.ts'

/** A file of a task made from another format. */
export interface MadeFile {
  readonly path: string
  readonly content: Uint8Array | string
  readonly executable: boolean
}

const Positive = z.number().positive()
const TaskYaml = z.looseObject({
  instruction: z.string().optional(),
  descriptions: z.array(z.looseObject({ key: z.string(), description: z.string() })).optional(),
  difficulty: z.string().default('unknown'),
  category: z.string().default('software_engineering'),
  tags: z.array(z.string()).default([]),
  parser_name: z.string().default('pytest'),
  max_agent_timeout_sec: Positive.default(360),
  max_test_timeout_sec: Positive.default(60),
})

const Compose = z.looseObject({ services: z.record(z.string(), z.looseObject({})) })

/** What the harness of that format puts in where a Compose file names it. */
const VARIABLES: Readonly<Record<string, string>> = {
  T_BENCH_TEST_DIR: '/tests',
  T_BENCH_CONTAINER_LOGS_PATH: '/logs',
  T_BENCH_CONTAINER_AGENT_LOGS_PATH: '/logs/agent',
  T_BENCH_TASK_DOCKER_NAME_PREFIX: 'task',
}
/** Volumes, images and names that stand for that harness's own. */
const OWN = /T_BENCH_TASK_(LOGS_PATH|AGENT_LOGS_PATH|DOCKER_CLIENT)/
/** Never part of what an image is built from, unless its Dockerfile names it. */
const HIDDEN = ['task.yaml', 'run-tests.sh', 'tests', 'solution.sh', 'solution.yaml', 'docker-compose.yaml']

const TEST_SCRIPT = `#!/bin/bash
export TEST_DIR=/tests
if bash /tests/run-tests.sh; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`

/** Whether a folder looks like a task of Terminal-bench 1. */
export function isTerminalBench(folder: string): boolean {
  return ['task.yaml', 'run-tests.sh'].every(name => fs.existsSync(path.join(folder, name)))
}

/**
 * Makes a Harbor task of a task of Terminal-bench 1: the exit code of its `run-tests.sh` becomes the reward, its service
 * `client` the agent's machine.
 *
 * @throws TaskError naming file and key of what cannot be carried over
 */
export function convertTerminalBench(folder: string): MadeFile[] {
  const reasons: string[] = []
  const read = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8')
  const has = (name: string): boolean =>
    fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true
  const task = parse(TaskYaml, read('task.yaml'), 'task.yaml', reasons)
  const instruction = task?.instruction ?? task?.descriptions?.find(one => one.key === 'base')?.description
  if (task !== undefined && instruction === undefined) reasons.push('task.yaml: instruction: missing')
  if (task !== undefined && task.parser_name !== 'pytest')
    reasons.push(
      `task.yaml: parser_name: "${task.parser_name}" reads results out of what tests print; only pytest, whose exit code says the same, is carried over`,
    )
  if (has('solution.yaml') && !has('solution.sh'))
    reasons.push('solution.yaml: keys typed into a terminal cannot be carried over: write a solution.sh')
  const compose = has('docker-compose.yaml')
    ? convertCompose(read('docker-compose.yaml'), reasons)
    : undefined
  if (reasons.length > 0 || task === undefined) throw new TaskError(folder, reasons)

  const named = listFiles(folder)
    .filter(name => name === 'Dockerfile' || name.endsWith('/Dockerfile'))
    .map(read)
    .join('\n')
  const isNeeded = (name: string): boolean => {
    const top = name.split('/')[0]!
    return (
      !HIDDEN.includes(top) ||
      (top !== 'docker-compose.yaml' &&
        new RegExp(`^\\s*(COPY|ADD)\\s[^\\n]*\\b${top.replace('.', '\\.')}\\b`, 'im').test(named))
    )
  }
  const copy = (from: string, to: string): MadeFile => ({
    path: to,
    content: fs.readFileSync(path.join(folder, from)),
    executable: (fs.statSync(path.join(folder, from)).mode & 0o100) !== 0,
  })
  const files = listFiles(folder)
  return [
    { path: 'task.toml', content: manifestOf(task), executable: false },
    { path: 'instruction.md', content: `${instruction!.trimEnd()}\n`, executable: false },
    { path: 'tests/test.sh', content: TEST_SCRIPT, executable: true },
    copy('run-tests.sh', 'tests/run-tests.sh'),
    ...files.filter(name => name.startsWith('tests/')).map(name => copy(name, name)),
    ...(has('solution.sh') ? [{ ...copy('solution.sh', 'solution/solve.sh'), executable: true }] : []),
    ...files.filter(isNeeded).map(name => copy(name, `environment/${name}`)),
    ...(compose === undefined
      ? []
      : [{ path: 'environment/docker-compose.yaml', content: compose, executable: false }]),
  ]
}

function manifestOf(task: z.infer<typeof TaskYaml>): string {
  const { difficulty, category, tags } = task
  return stringifyToml({
    schema_version: '1.4',
    metadata: { difficulty, category, tags },
    agent: { timeout_sec: task.max_agent_timeout_sec },
    verifier: { timeout_sec: task.max_test_timeout_sec },
    environment: {},
  })
}

/** @returns undefined if a Dockerfile says all of it */
function convertCompose(text: string, reasons: string[]): string | undefined {
  const raw = text.replace(/\$\{?(T_BENCH_\w+)\}?/g, (whole, name: string) => VARIABLES[name] ?? whole)
  const compose = parse(Compose, raw, 'docker-compose.yaml', reasons)
  if (compose === undefined) return undefined
  const name = 'client' in compose.services ? 'client' : Object.keys(compose.services)[0]
  if (name === undefined) {
    reasons.push('docker-compose.yaml: services: there is none')
    return undefined
  }
  const services = Object.entries(compose.services).map(([key, service]) => {
    const kept = withoutOwn(service, key === name)
    return [key === name ? 'main' : key, renameDependency(kept, name)] as const
  })
  const main = services.find(([key]) => key === 'main')![1]
  if (services.length === 1 && Object.keys(main).length === 0) return undefined
  const { version: _, ...rest } = compose
  return stringifyYaml({ ...rest, services: Object.fromEntries(services) })
}

/** What names the harness's own images, names and folders has no meaning here. */
function withoutOwn(service: Record<string, unknown>, isMain: boolean): Record<string, unknown> {
  const kept = Object.entries(service).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'container_name' || (key === 'image' && OWN.test(String(value)))) return []
    if (key === 'volumes' && Array.isArray(value)) {
      const volumes = value.filter(one => !OWN.test(JSON.stringify(one)))
      return volumes.length === 0 ? [] : [[key, volumes]]
    }
    if (isMain && key === 'command' && /sleep\W+infinity|tail\W+-f/.test(JSON.stringify(value))) return []
    if (isMain && key === 'build' && isPlainBuild(value)) return []
    return [[key, value]]
  })
  return Object.fromEntries(kept)
}

function isPlainBuild(value: unknown): boolean {
  if (typeof value === 'string') return value === '.' || value === './'
  const { context = '.', dockerfile = 'Dockerfile', ...more } = (value ?? {}) as Record<string, unknown>
  return context === '.' && dockerfile === 'Dockerfile' && Object.keys(more).length === 0
}

function renameDependency(service: Record<string, unknown>, name: string): Record<string, unknown> {
  const { depends_on: dependsOn } = service
  if (Array.isArray(dependsOn))
    return { ...service, depends_on: dependsOn.map(one => (one === name ? 'main' : one)) }
  if (typeof dependsOn !== 'object' || dependsOn === null) return service
  const renamed = Object.entries(dependsOn).map(([key, value]) => [key === name ? 'main' : key, value])
  return { ...service, depends_on: Object.fromEntries(renamed) }
}

function parse<T>(form: z.ZodType<T>, text: string, file: string, reasons: string[]): T | undefined {
  const document = parseDocument(text, { maxAliasCount: 100, merge: true } as never)
  for (const error of document.errors)
    reasons.push(`${file}: line ${error.linePos?.[0].line ?? '?'}: ${error.message.split('\n')[0]}`)
  if (document.errors.length > 0) return undefined
  let raw: unknown
  try {
    raw = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    reasons.push(`${file}: ${(error as Error).message}`)
    return undefined
  }
  const parsed = form.safeParse(raw)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues)
    reasons.push(`${file}: ${issue.path.join('.') || 'file'}: ${issue.message}`)
  return undefined
}

/** Relative paths of all files; links are not followed. */
function listFiles(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter(name => !name.split('/').includes('.git'))
    .sort()
}
