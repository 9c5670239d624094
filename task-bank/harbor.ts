import fs from 'node:fs'
import path from 'node:path'
import { digestTask } from './digest.ts'
import { TaskError } from './errors.ts'
import { type Manifest, parseManifest, parseSize } from './manifest.ts'
import { RECIPE_FILE, readRecipe } from './recipe.ts'
import { recogniseScript } from './script.ts'
import { checkShape } from './shape.ts'
import { adoptRow } from './swebench/adopt.ts'
import { readCarriedRow } from './swebench/harbor.ts'
import type { Artifact, ImageSource, KnownTests, Runner, Task, TaskLimits, VerifierChoice } from './task.ts'

/** What a task gets that names no limit of its own. */
const DEFAULTS = { cpus: 1, memoryMegabytes: 2048, storageMegabytes: 1024, pids: 512, agentSeconds: 1800 }

/**
 * Reads a Harbor task directory.
 *
 * @param verifier - who decides on a task that carries a row of the SWE-bench family
 * @param env - where `${VAR}` in the task's variables is taken from
 * @throws TaskError naming each file and key that is wrong or not supported
 */
export function loadHarborTask(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  verifier: VerifierChoice = 'own',
): Task {
  const misplaced = fs.existsSync(folder) ? checkShape(folder) : []
  if (misplaced.length > 0) throw new TaskError(folder, misplaced)
  try {
    return readTask(folder, env, verifier)
  } catch (error) {
    const { code, path: file } = error as NodeJS.ErrnoException
    if (code === undefined || file === undefined) throw error
    throw new TaskError(folder, [`${path.relative(folder, file)}: cannot be read (${code})`])
  }
}

function readTask(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  choice: VerifierChoice,
): Task {
  const manifest = readManifest(folder)
  const reasons = [...missingFiles(folder, manifest), ...unsupported(folder, manifest)]
  const resolve = (key: string, table: Readonly<Record<string, string>>) =>
    resolveEnv(key, table, env, reasons)
  const { arete, agent, verifier, environment, metadata } = manifest
  const parent = path.basename(path.dirname(path.resolve(folder)))
  const separate = isSeparate(manifest)

  const task: Task = {
    name: manifest.task?.name ?? path.basename(path.resolve(folder)),
    folder: path.resolve(folder),
    digest: digestTask(folder),
    environment: arete.environment ?? (manifest.task?.name.split('/')[0] ?? parent).toLowerCase(),
    difficulty: typeof metadata.difficulty === 'string' ? metadata.difficulty : 'unknown',
    instruction: readInstruction(folder),
    image: fs.existsSync(path.join(folder, RECIPE_FILE))
      ? { kind: 'recipe', recipe: readRecipe(folder) }
      : imageOf(path.join(folder, 'environment'), environment.docker_image),
    mode: arete.mode ?? 'snapshot',
    verifier: {
      runner: runnerOf(folder, manifest, reasons),
      seconds: verifier.timeout_sec,
      user: text(verifier.user),
      env: resolve('verifier.env', verifier.env),
      limits: limitsOf(verifier.environment ?? environment, arete),
      image: separate ? imageOf(path.join(folder, 'tests'), verifier.environment?.docker_image) : undefined,
      row: undefined,
      laid: undefined,
    },
    workdir: arete.workdir ?? environment.workdir,
    agentUser: text(agent.user),
    agentSeconds: agent.timeout_sec ?? DEFAULTS.agentSeconds,
    buildSeconds: environment.build_timeout_sec,
    limits: limitsOf(environment, arete),
    env: resolve('environment.env', environment.env),
    solutionEnv: resolve('solution.env', manifest.solution.env),
    artifacts: manifest.artifacts.flatMap((entry, index) => artifactOf(entry, `artifacts.${index}`, reasons)),
    protectedPaths: arete.protected,
    allowedPaths: arete.allowed,
    accepts: arete.runner === undefined || arete.runner === 'script' ? 'reward' : arete.accepts,
    notes: notesOf(manifest),
  }
  if (reasons.length > 0) throw new TaskError(folder, reasons)
  const row = choice === 'own' && arete.runner === undefined ? readCarriedRow(folder) : undefined
  return row === undefined ? task : adoptRow(task, row)
}

/** Whether a folder looks like a Harbor task. */
export function isHarborTask(folder: string): boolean {
  return fs.existsSync(path.join(folder, 'task.toml'))
}

function readManifest(folder: string): Manifest {
  const file = path.join(folder, 'task.toml')
  if (!fs.existsSync(file)) throw new TaskError(folder, ['task.toml: missing'])
  const parsed = parseManifest(fs.readFileSync(file, 'utf8'))
  if ('mistakes' in parsed)
    throw new TaskError(
      folder,
      parsed.mistakes.map(mistake => `task.toml: ${mistake}`),
    )
  return parsed.manifest
}

function missingFiles(folder: string, manifest: Manifest): string[] {
  const has = (file: string): boolean => fs.existsSync(path.join(folder, file))
  const { docker_image: image } = manifest.environment
  return [
    ...(manifest.steps.length > 0 || has('instruction.md') ? [] : ['instruction.md: missing']),
    ...(has('environment') || image !== undefined ? [] : ['environment/: missing']),
    ...(has('environment/Dockerfile') ||
    image !== undefined ||
    has('environment/docker-compose.yaml') ||
    has(RECIPE_FILE)
      ? []
      : ['environment/Dockerfile: missing, and task.toml has no environment.docker_image']),
    ...(manifest.steps.length > 0 || isSeparate(manifest) || has('tests/test.sh')
      ? []
      : ['tests/test.sh: missing']),
  ]
}

/** Features of the format that we do not have yet: better no verdict than a wrong one. */
function unsupported(folder: string, manifest: Manifest): string[] {
  const reasons: string[] = []
  const refuse = (key: string, present: boolean): void => {
    if (present) reasons.push(`task.toml: ${key}: not supported yet`)
  }
  refuse('steps', manifest.steps.length > 0)
  refuse('verifier.collect', manifest.verifier.collect.length > 0)
  for (const [key, table] of [
    ['environment', manifest.environment],
    ['verifier.environment', manifest.verifier.environment],
  ] as const) {
    if (table === undefined) continue
    refuse(`${key}.os = "windows"`, table.os === 'windows')
    refuse(`${key}.gpus`, (table.gpus ?? 0) > 0)
    refuse(`${key}.tpu`, table.tpu !== undefined)
    refuse(`${key}.mcp_servers`, table.mcp_servers.length > 0)
    refuse(`${key}.skills_dir`, table.skills_dir !== undefined)
    refuse(`${key}.healthcheck`, table.healthcheck !== undefined)
    refuse(`${key}.network_mode = "allowlist"`, table.network_mode === 'allowlist')
  }
  for (const key of ['agent', 'verifier'] as const) {
    refuse(`${key}.network_mode = "allowlist"`, manifest[key].network_mode === 'allowlist')
  }
  if (fs.existsSync(path.join(folder, 'environment/docker-compose.yaml'))) {
    reasons.push('environment/docker-compose.yaml: not supported yet')
  }
  return reasons
}

/** Leading comment lines with a canary are for crawlers, not for agents. */
function readInstruction(folder: string): string {
  const file = path.join(folder, 'instruction.md')
  if (!fs.existsSync(file)) return ''
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  let start = 0
  while (/^\s*(<!--|#).*canary/i.test(lines[start] ?? '')) {
    start += 1
    while (start < lines.length && lines[start]!.trim() === '') start += 1
  }
  return lines.slice(start).join('\n')
}

function imageOf(folder: string, reference: string | undefined): ImageSource {
  return reference === undefined
    ? { kind: 'build', folder: path.resolve(folder) }
    : { kind: 'reference', reference }
}

function isSeparate({ verifier }: Manifest): boolean {
  return verifier.environment_mode === 'separate' || verifier.environment !== undefined
}

function runnerOf(folder: string, manifest: Manifest, reasons: string[]): Runner {
  const { arete } = manifest
  const kind = arete.runner ?? 'script'
  if (kind === 'script') return { kind, known: arete.runner ? undefined : knownTests(folder, manifest) }
  const { fail_to_pass: failToPass, pass_to_pass: passToPass, others } = arete
  const expected = { failToPass, passToPass, others }
  if (expected.failToPass.length === 0)
    reasons.push('task.toml: arete.fail_to_pass: needs at least one test id')
  const ids = [...expected.failToPass, ...expected.passToPass]
  for (const id of ids.filter((one, index) => ids.indexOf(one) !== index)) {
    reasons.push(`task.toml: arete.fail_to_pass, arete.pass_to_pass: "${id}" stands twice`)
  }
  const root = arete.place === 'tests' ? '/tests' : ''
  return { kind, expected, tests: { root, cwd: '', names: undefined, run: undefined, env: {} } }
}

/** The tests behind a script of the usual form; none for a separate verifier, whose image holds them. */
function knownTests(folder: string, manifest: Manifest): KnownTests | undefined {
  const file = path.join(folder, 'tests/test.sh')
  if (isSeparate(manifest) || !fs.existsSync(file)) return undefined
  return recogniseScript(fs.readFileSync(file, 'utf8'))
}

function limitsOf(environment: Manifest['environment'], arete: Manifest['arete']): TaskLimits {
  return {
    cpus: environment.cpus ?? DEFAULTS.cpus,
    memoryMegabytes: environment.memory_mb ?? parseSize(environment.memory ?? '') ?? DEFAULTS.memoryMegabytes,
    storageMegabytes:
      environment.storage_mb ?? parseSize(environment.storage ?? '') ?? DEFAULTS.storageMegabytes,
    pids: arete.pids ?? DEFAULTS.pids,
  }
}

/** A value that is exactly `${VAR}` or `${VAR:-default}` comes from outside; anything else is meant as it stands. */
function resolveEnv(
  key: string,
  table: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
  reasons: string[],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => {
      const template = /^\$\{([A-Za-z_]\w*)(?::-(.*))?\}$/s.exec(value)
      if (template === null) return [name, value]
      const found = Object.hasOwn(env, template[1]!) ? env[template[1]!] : template[2]
      if (found === undefined)
        reasons.push(`task.toml: ${key}.${name}: set ${template[1]} in the environment`)
      return [name, found ?? '']
    }),
  )
}

function artifactOf(entry: Manifest['artifacts'][number], key: string, reasons: string[]): Artifact[] {
  const source = typeof entry === 'string' ? entry : entry.source
  const destination =
    (typeof entry === 'string' ? undefined : entry.destination) ?? source.replace(/^\/+/, '')
  const wrong =
    typeof entry !== 'string' && entry.service !== 'main'
      ? `service "${entry.service}" is not supported yet`
      : typeof entry !== 'string' && entry.exclude.length > 0
        ? 'exclude is not supported yet'
        : source.split('/').includes('..') || destination.split('/').includes('..')
          ? 'no ".." in a path'
          : !source.startsWith('/')
            ? 'the source must be an absolute path'
            : undefined
  if (wrong === undefined) return [{ source, destination }]
  reasons.push(`task.toml: ${key}: ${wrong}`)
  return []
}

/** Harbor's network is public unless the task says otherwise; ours is none. */
function notesOf({ environment, agent, verifier }: Manifest): string[] {
  const baseline =
    environment.network_mode ?? (environment.allow_internet === false ? 'no-network' : 'public')
  const modes = [agent.network_mode ?? baseline, verifier.network_mode ?? baseline]
  return modes.includes('public') ? ['asks for a public network and runs without any'] : []
}

function text(user: string | number | undefined): string | undefined {
  return user === undefined ? undefined : String(user)
}
