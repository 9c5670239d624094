import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { HostPattern } from './harbor/hosts.ts'

/**
 * `task.toml` of the Harbor task format, every field of it, with our optional table `[arete]`. Unknown keys are let
 * through, as Harbor does. Absent numbers mean: no limit of the task's own.
 */
const Text = z.string().refine(text => !text.includes('\0'), 'no NUL')
const Env = z
  .record(
    Text.regex(/^[^=]+$/, 'a name without "="'),
    z.union([Text, z.number(), z.boolean()], 'expected a text').transform(String),
  )
  .default({})
const User = z.union([Text.min(1), z.number().int().nonnegative()])
const Seconds = z.number().positive()
/** What an engine rounds to no limit at all, and what it has no number for. */
const MIN_CPUS = 0.01
const MAX_CPUS = 4096
const MAX_MEGABYTES = 2 ** 30
const MAX_PIDS = 2 ** 22
const Megabytes = z.number().int().positive().max(MAX_MEGABYTES)
const NetworkMode = z.enum(['public', 'no-network', 'allowlist'])
const Network = {
  network_mode: NetworkMode.optional(),
  allowed_hosts: z.array(HostPattern).optional(),
}
const Healthcheck = z.looseObject({
  command: Text.min(1),
  interval_sec: Seconds.default(5),
  timeout_sec: Seconds.default(30),
  start_period_sec: z.number().nonnegative().default(0),
  start_interval_sec: Seconds.default(5),
  retries: z.number().int().positive().default(3),
})

const McpServer = z
  .looseObject({
    name: Text.min(1),
    transport: z
      .enum(['sse', 'stdio', 'streamable-http', 'http'])
      .transform(name => (name === 'http' ? 'streamable-http' : name))
      .default('sse'),
    url: Text.optional(),
    command: Text.optional(),
    args: z.array(Text).default([]),
  })
  .superRefine(({ transport, url, command }, context) => {
    const missing = transport === 'stdio' ? command === undefined && 'command' : url === undefined && 'url'
    if (missing)
      context.addIssue({ code: 'custom', path: [missing], message: `needed for transport "${transport}"` })
  })

const Environment = z.looseObject({
  build_timeout_sec: Seconds.default(600),
  docker_image: z.string().min(1).optional(),
  os: z
    .string()
    .transform(text => text.toLowerCase())
    .pipe(z.enum(['linux', 'windows']))
    .default('linux'),
  cpus: z.number().min(MIN_CPUS).max(MAX_CPUS).optional(),
  memory_mb: Megabytes.optional(),
  storage_mb: Megabytes.optional(),
  memory: z.string().optional(),
  storage: z.string().optional(),
  gpus: z.number().int().nonnegative().optional(),
  gpu_types: z.array(z.string()).optional(),
  tpu: z.looseObject({}).optional(),
  ...Network,
  allow_internet: z.boolean().optional(),
  env: Env,
  workdir: Text.optional(),
  mcp_servers: z.array(McpServer).default([]),
  skills_dir: Text.startsWith('/').optional(),
  healthcheck: Healthcheck.optional(),
})

const Artifact = z.union([
  Text.min(1),
  z.looseObject({
    source: Text.min(1),
    destination: Text.optional(),
    exclude: z.array(Text.min(1)).default([]),
    service: Text.min(1).default('main'),
  }),
])

const Agent = z.looseObject({ timeout_sec: Seconds.optional(), user: User.optional(), ...Network })

const Verifier = z.looseObject({
  timeout_sec: Seconds.default(600),
  env: Env,
  user: User.optional(),
  ...Network,
  environment_mode: z.enum(['shared', 'separate']).optional(),
  environment: Environment.optional(),
  collect: z
    .array(
      z.looseObject({
        command: Text.min(1),
        service: Text.min(1).default('main'),
        timeout_sec: Seconds.default(60),
        user: User.optional(),
      }),
    )
    .default([]),
})

const Step = z.looseObject({
  name: Text.regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, ".", "_", "-"').refine(
    name => !name.includes('..'),
    'no ".."',
  ),
  agent: Agent.prefault({}),
  verifier: Verifier.omit({ timeout_sec: true }).extend({ timeout_sec: Seconds.optional() }).prefault({}),
  min_reward: z.union([z.number(), z.record(z.string(), z.number())]).optional(),
  healthcheck: Healthcheck.optional(),
  artifacts: z.array(Artifact).default([]),
})

export const RUNNERS = ['pytest', 'node', 'vitest', 'script'] as const

const Arete = z.strictObject({
  environment: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and dashes')
    .optional(),
  mode: z.enum(['patch', 'snapshot']).optional(),
  runner: z.enum(RUNNERS).optional(),
  workdir: Text.startsWith('/').optional(),
  pids: z.number().int().positive().max(MAX_PIDS).optional(),
  fail_to_pass: z.array(z.string().min(1)).default([]),
  pass_to_pass: z.array(z.string().min(1)).default([]),
  others: z.union([z.array(z.string().min(1)), z.literal('any')]).default([]),
  place: z.enum(['tests', 'repository']).default('tests'),
  protected: z.array(z.string().min(1)).default([]),
  allowed: z.array(z.string().min(1)).default([]),
  accepts: z.enum(['observed', 'reported']).default('observed'),
})

export const Manifest = z.looseObject({
  schema_version: z.string().optional(),
  version: z.string().optional(),
  source: z.string().optional(),
  artifacts: z.array(Artifact).default([]),
  multi_step_reward_strategy: z.enum(['mean', 'final']).optional(),
  metadata: z.record(z.string(), z.unknown()).default({}),
  solution: z.looseObject({ env: Env }).prefault({}),
  task: z
    .looseObject({
      name: z
        .string()
        .regex(/^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/, 'organisation/name')
        .refine(name => !name.includes('..'), 'no ".."'),
      version: z.string().min(1).optional(),
      description: z.string().default(''),
      authors: z.array(z.looseObject({ name: z.string(), email: z.string().optional() })).default([]),
      keywords: z.array(z.string()).default([]),
    })
    .optional(),
  agent: Agent.prefault({}),
  verifier: Verifier.prefault({}),
  environment: Environment.prefault({}),
  steps: z.array(Step).default([]),
  arete: Arete.prefault({}),
})
export type Manifest = z.infer<typeof Manifest>

/**
 * Reads the text of a `task.toml`.
 *
 * @returns the manifest, or each mistake as `line or key: what was expected`
 */
export function parseManifest(text: string): { manifest: Manifest } | { mistakes: string[] } {
  let raw: unknown
  try {
    raw = parseToml(text)
  } catch (error) {
    const { line, column, message } = error as { line?: number; column?: number; message: string }
    return { mistakes: [`line ${line ?? '?'}, column ${column ?? '?'}: ${message.split('\n')[0]}`] }
  }
  const parsed = Manifest.safeParse(raw)
  if (!parsed.success) {
    return {
      mistakes: parsed.error.issues.map(issue => `${issue.path.join('.') || 'file'}: ${issue.message}`),
    }
  }
  const mistakes = contradictions(parsed.data)
  return mistakes.length > 0 ? { mistakes } : { manifest: parsed.data }
}

function contradictions({ environment, verifier, agent, steps }: Manifest): string[] {
  const mistakes: string[] = []
  const verifiers: [
    string,
    Pick<Manifest['verifier'], 'environment' | 'environment_mode' | 'network_mode' | 'allowed_hosts'>,
  ][] = [
    ['verifier', verifier],
    ...steps.map(
      (step, index) => [`steps.${index}.verifier`, step.verifier] as [string, typeof step.verifier],
    ),
  ]
  const agents = [
    ['agent', agent] as const,
    ...steps.map((step, index) => [`steps.${index}.agent`, step.agent] as const),
  ]
  for (const [key, table] of [...agents, ...verifiers])
    if (table.allowed_hosts !== undefined && table.network_mode !== 'allowlist')
      mistakes.push(`${key}.allowed_hosts: only with network_mode "allowlist"`)
  const environments: [string, Manifest['environment'] | undefined][] = [
    ['environment', environment],
    ...verifiers.map(([key, table]): [string, Manifest['environment'] | undefined] => [
      `${key}.environment`,
      table.environment,
    ]),
  ]
  for (const [key, table] of environments) {
    // Of another system it is refused by name, not for how its paths look.
    if (table?.workdir?.startsWith('/') === false && table.os === 'linux')
      mistakes.push(`${key}.workdir: Invalid string: must start with "/"`)
    if (table?.memory !== undefined && table.memory_mb !== undefined)
      mistakes.push(`${key}.memory: conflicts with memory_mb`)
    if (table?.storage !== undefined && table.storage_mb !== undefined)
      mistakes.push(`${key}.storage: conflicts with storage_mb`)
    if (table?.memory !== undefined && parseSize(table.memory) === undefined)
      mistakes.push(`${key}.memory: expected a size such as "2G" or "512M", got "${table.memory}"`)
    if (table?.storage !== undefined && parseSize(table.storage) === undefined)
      mistakes.push(`${key}.storage: expected a size such as "2G" or "512M", got "${table.storage}"`)
    if (table?.allowed_hosts !== undefined && table.network_mode !== 'allowlist')
      mistakes.push(`${key}.allowed_hosts: only with network_mode "allowlist"`)
  }
  for (const [key, table] of verifiers)
    if (table.environment !== undefined && table.environment_mode === 'shared')
      mistakes.push(`${key}.environment: contradicts environment_mode "shared"`)
  for (const { name } of steps.filter(
    ({ name: one }, index) => steps.findIndex(({ name: other }) => other === one) !== index,
  ))
    mistakes.push(`steps: "${name}" stands twice`)
  return mistakes
}

/** Megabytes of a size as old task files write it ("2G", "512M", "4096K"). */
export function parseSize(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*([KMG])i?B?$/i.exec(text.trim())
  if (found === null) return undefined
  const factor = { K: 1 / 1024, M: 1, G: 1024 }[found[2]!.toUpperCase() as 'K' | 'M' | 'G']
  const megabytes = Math.ceil(Number(found[1]) * factor)
  return megabytes >= 1 && megabytes <= MAX_MEGABYTES ? megabytes : undefined
}
