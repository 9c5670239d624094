import fs from 'node:fs'
import path from 'node:path'
import { DIALOGUE_FILE, readDialogue } from './dialogue.ts'
import { digestTask } from './digest.ts'
import { TaskError } from './errors.ts'
import { MAIN } from './harbor/compose-form.ts'
import { artifactsOf, collectsOf, healthcheckOf, mcpServersOf } from './harbor/entries.ts'
import { readInstruction } from './harbor/instruction.ts'
import { composeOf, imageOf, limitsOf, uploadsOf } from './harbor/machine.ts'
import { networkNotes, networkOf, type Permission } from './harbor/network.ts'
import { type Env, permit, type Reading, resolveEnv, text } from './harbor/reading.ts'
import { stepsOf } from './harbor/steps.ts'
import { isSeparate, verifierOf } from './harbor/verifier.ts'
import { type Manifest, parseManifest } from './manifest.ts'
import { RECIPE_FILE, readRecipe } from './recipe.ts'
import { recogniseScript } from './script.ts'
import { checkShape } from './shape.ts'
import { adoptRow } from './swebench/adopt.ts'
import { readCarriedRow } from './swebench/harbor.ts'
import type { KnownTests, Runner, Task, VerifierChoice } from './task.ts'

const AGENT_SECONDS = 1800

/**
 * Reads a Harbor task directory.
 *
 * @param env - where `${VAR}` in the task's variables is taken from
 * @param permitted - how much of a network the operator lets tasks have
 * @param verifier - who decides on a task that carries a row of the SWE-bench family
 * @throws TaskError naming each file and key that is wrong or not supported
 */
export function loadHarborTask(
  folder: string,
  env: Env,
  permitted: Permission = 'allowlist',
  verifier: VerifierChoice = 'own',
): Task {
  const misplaced = fs.existsSync(folder) ? checkShape(folder) : []
  if (misplaced.length > 0) throw new TaskError(folder, misplaced)
  try {
    const manifest = readManifest(folder)
    const reasons = [
      ...missingFiles(folder, manifest),
      ...unsupported(manifest),
      ...besideDialogue(folder, manifest),
    ]
    const task = readTask({ folder: path.resolve(folder), manifest, env, permitted, reasons, asked: [] })
    if (reasons.length > 0) throw new TaskError(folder, [...new Set(reasons)])
    const row = verifier === 'own' && manifest.arete.runner === undefined ? readCarriedRow(folder) : undefined
    return row === undefined ? task : adoptRow(task, row)
  } catch (error) {
    const { code, path: file } = error as NodeJS.ErrnoException
    if (code === undefined || file === undefined) throw error
    throw new TaskError(folder, [`${path.relative(folder, file)}: cannot be read (${code})`])
  }
}

function readTask(reading: Reading): Task {
  const { folder, manifest, reasons } = reading
  const { arete, agent, verifier, environment, metadata } = manifest
  const context = path.join(folder, 'environment')
  const tests = path.join(folder, 'tests')
  const solution = path.join(folder, 'solution')
  const parent = path.basename(path.dirname(folder))
  const env = resolveEnv('environment.env', environment.env, reading)
  const compose = composeOf(context, environment, env, reading)
  const workdir = arete.workdir ?? environment.workdir ?? compose?.main.workdir

  const task: Task = {
    name: manifest.task?.name ?? path.basename(folder),
    folder,
    digest: digestTask(folder),
    environment: arete.environment ?? (manifest.task?.name.split('/')[0] ?? parent).toLowerCase(),
    difficulty: typeof metadata.difficulty === 'string' ? metadata.difficulty : 'unknown',
    repository: repositoryOf(manifest),
    instruction: readInstruction(path.join(folder, 'instruction.md')),
    image: fs.existsSync(path.join(folder, RECIPE_FILE))
      ? { kind: 'recipe', recipe: readRecipe(folder) }
      : imageOf(context, environment.docker_image, compose),
    mode: arete.mode ?? 'snapshot',
    verifier: verifierOf(reading, {
      // With steps nobody but these is verified.
      tables: [manifest.steps.length > 0 ? { ...verifier, environment_mode: 'shared' } : verifier],
      tests: [tests],
      keys: ['verifier'],
      runner: runnerOf(folder, manifest, reasons),
      compose,
    }),
    dialogue: readDialogue(folder, reading.env, reasons),
    workdir,
    agentUser: text(agent.user) ?? compose?.main.user,
    agentSeconds: agent.timeout_sec ?? AGENT_SECONDS,
    buildSeconds: environment.build_timeout_sec,
    limits: limitsOf(environment, arete),
    env: { ...compose?.main.env, ...env },
    solutionEnv: resolveEnv('solution.env', manifest.solution.env, reading),
    artifacts: artifactsOf(manifest.artifacts, 'artifacts', reasons),
    collect: collectsOf(verifier.collect),
    testFolders: fs.existsSync(tests) ? [tests] : [],
    solutionFolder: fs.existsSync(path.join(solution, 'solve.sh')) ? solution : undefined,
    network: permit(reading, networkOf([agent], environment)),
    compose,
    healthcheck: healthcheckOf(environment.healthcheck),
    uploads: uploadsOf(context, environment),
    mcpServers: mcpServersOf(environment.mcp_servers),
    skillsFolder: environment.skills_dir,
    steps: [],
    rewardOf: manifest.multi_step_reward_strategy ?? 'mean',
    protectedPaths: arete.protected,
    allowedPaths: arete.allowed,
    accepts: arete.runner === undefined || arete.runner === 'script' ? 'reward' : arete.accepts,
    notes: [],
  }
  const steps = stepsOf(reading, task)
  reasons.push(...strangers([task, ...steps.map(step => step.task)]))
  return { ...task, steps, notes: networkNotes(reading.asked, reading.permitted) }
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
    ...(manifest.steps.length > 0 ||
    isSeparate([manifest.verifier]) ||
    has('tests/test.sh') ||
    has(DIALOGUE_FILE)
      ? []
      : ['tests/test.sh: missing']),
  ]
}

/** What no engine of ours can give: better no verdict than a wrong one. */
function unsupported({ environment, verifier, steps, arete }: Manifest): string[] {
  const tables = [
    ['environment', environment],
    ['verifier.environment', verifier.environment],
    ...steps.map(
      (step, index) => [`steps.${index}.verifier.environment`, step.verifier.environment] as const,
    ),
  ] as const
  const refused = tables.flatMap(([key, table]) => [
    ...(table?.os === 'windows' ? [`${key}.os = "windows"`] : []),
    ...((table?.gpus ?? 0) > 0 ? [`${key}.gpus`] : []),
    ...(table?.tpu === undefined ? [] : [`${key}.tpu`]),
  ])
  return [
    ...refused.map(key => `task.toml: ${key}: not supported`),
    ...(steps.length > 0 && arete.mode === 'patch'
      ? ['task.toml: arete.mode = "patch": not with steps, which hand on their machine']
      : []),
    ...(steps.length > 0 && arete.runner !== undefined && arete.runner !== 'script'
      ? [`task.toml: arete.runner = "${arete.runner}": not with steps, whose tests write rewards`]
      : []),
  ]
}

/** A dialogue is a task of its own kind, with nothing beside it that decides. */
function besideDialogue(folder: string, { arete, steps, verifier }: Manifest): string[] {
  if (!fs.existsSync(path.join(folder, DIALOGUE_FILE))) return []
  return [
    ...(arete.mode === 'patch' ? [] : ['arete.mode: expected "patch"']),
    ...(arete.runner === undefined || arete.runner === 'script' ? [] : ['arete.runner: has no tests to run']),
    ...(steps.length === 0 ? [] : ['steps: none']),
    ...(isSeparate([verifier]) ? ['verifier.environment: is the image that asks'] : []),
  ].map(reason => `task.toml: beside ${DIALOGUE_FILE}: ${reason}`)
}

/** Tasks that were made out of a repository name it as their origin. */
function repositoryOf({ metadata: { repository, origin } }: Manifest): string | undefined {
  const named = [repository, (origin as { repository?: unknown } | null | undefined)?.repository]
  return named.find((name): name is string => typeof name === 'string' && name !== '')
}

/** Services that something is wanted of, but that the Compose file does not have. */
function strangers(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ compose, artifacts, collect }) => {
    const known = new Set([MAIN, ...(compose?.services ?? []).map(service => service.name)])
    const where = 'environment/docker-compose.yaml has no such service'
    return [
      ...artifacts.filter(one => !known.has(one.service)).map(one => `artifacts: service "${one.service}"`),
      ...collect
        .filter(one => !known.has(one.service))
        .map(one => `verifier.collect: service "${one.service}"`),
    ].map(key => `task.toml: ${key}: ${where}`)
  })
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
  if (isSeparate([manifest.verifier]) || manifest.steps.length > 0 || !fs.existsSync(file)) return undefined
  return recogniseScript(fs.readFileSync(file, 'utf8'))
}
