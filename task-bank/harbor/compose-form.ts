import { z } from 'zod'

/** The service that is the agent's machine. */
export const MAIN = 'main'
/** Stand for what Harbor names by variables: the folders of its logs, which services may share, and its own image. */
export const LOGS = { VERIFIER: 'verifier', AGENT: 'agent', ARTIFACTS: 'artifacts' } as const
export const MAIN_IMAGE = 'arete/main'

/** The part of the Compose file format that we carry out. Every other key is refused by name, but for `x-…`. */

const Scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const Words = z.union([z.string(), z.array(Scalar)])
/** Kept for other programs, or without a meaning where nothing is reachable from outside: read and not acted on. */
const Ignored = z.unknown().optional()
const Pairs = z.union([z.record(z.string(), Scalar.nullable()), z.array(Scalar)])
const List = z.union([z.string().transform(one => [one]), z.array(z.string())])

const Build = z.union([
  z.string().transform(context => ({ context, dockerfile: undefined, args: undefined, target: undefined })),
  z.strictObject({
    context: z.string().default('.'),
    dockerfile: z.string().optional(),
    args: Pairs.optional(),
    target: z.string().optional(),
    labels: Ignored,
    pull: Ignored,
  }),
])

const Health = z.strictObject({
  test: Words.optional(),
  interval: Scalar.optional(),
  timeout: Scalar.optional(),
  start_period: Scalar.optional(),
  start_interval: Scalar.optional(),
  retries: z.coerce.number().int().positive().optional(),
  disable: z.boolean().optional(),
})

const Condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully'])
const DependsOn = z.union([
  z
    .array(z.string())
    .transform(names =>
      Object.fromEntries(names.map(name => [name, { condition: 'service_started' as const }])),
    ),
  z.record(
    z.string(),
    z.strictObject({
      condition: Condition.default('service_started'),
      restart: Ignored,
      required: z.literal(true).optional(),
    }),
  ),
])

const LongVolume = z.strictObject({
  type: z.enum(['volume', 'tmpfs', 'bind']),
  source: z.string().optional(),
  target: z.string(),
  read_only: z.boolean().default(false),
  volume: z.strictObject({ nocopy: z.boolean().optional() }).optional(),
  tmpfs: z.looseObject({ size: Scalar.optional() }).optional(),
})

const Resources = z.strictObject({
  cpus: Scalar.optional(),
  memory: Scalar.optional(),
  pids: z.number().optional(),
})

export const ServiceForm = z.strictObject({
  image: z.string().min(1).optional(),
  build: Build.optional(),
  command: Words.nullable().optional(),
  entrypoint: Words.nullable().optional(),
  environment: Pairs.optional(),
  env_file: z
    .union([
      z.string(),
      z.array(
        z.union([z.string(), z.strictObject({ path: z.string(), required: z.boolean().default(true) })]),
      ),
    ])
    .optional(),
  depends_on: DependsOn.optional(),
  healthcheck: Health.optional(),
  volumes: z.array(z.union([z.string(), LongVolume])).optional(),
  tmpfs: List.optional(),
  networks: z
    .union([
      z.array(z.string()),
      z.record(z.string(), z.strictObject({ aliases: z.array(z.string()).optional() }).nullable()),
    ])
    .optional(),
  network_mode: z.literal('none').optional(),
  working_dir: z.string().startsWith('/').optional(),
  user: Scalar.optional(),
  hostname: z.string().optional(),
  cpus: Scalar.optional(),
  mem_limit: Scalar.optional(),
  pids_limit: z.number().int().positive().optional(),
  deploy: z
    .strictObject({
      resources: z
        .strictObject({ limits: Resources.optional(), reservations: z.unknown().optional() })
        .optional(),
      replicas: z.literal(1).optional(),
    })
    .optional(),
  privileged: z.literal(false).optional(),
  init: Ignored,
  ports: Ignored,
  expose: Ignored,
  container_name: Ignored,
  restart: Ignored,
  labels: Ignored,
  logging: Ignored,
  pull_policy: Ignored,
  stop_grace_period: Ignored,
  stop_signal: Ignored,
  stdin_open: Ignored,
  tty: Ignored,
  shm_size: Ignored,
  ulimits: Ignored,
  cap_drop: Ignored,
  security_opt: z.array(z.string().regex(/^no-new-privileges/, 'only no-new-privileges')).optional(),
})
export type ServiceForm = z.infer<typeof ServiceForm>

const Volume = z
  .strictObject({ driver: z.literal('local').optional(), name: Ignored, labels: Ignored })
  .nullable()
const NetworkForm = z
  .strictObject({
    driver: z.literal('bridge').optional(),
    internal: Ignored,
    name: Ignored,
    labels: Ignored,
    attachable: Ignored,
  })
  .nullable()

export const ComposeForm = z.strictObject({
  version: Ignored,
  name: Ignored,
  services: z.record(
    z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, ".", "_", "-"'),
    ServiceForm.nullable(),
  ),
  volumes: z
    .record(z.string().regex(/^[A-Za-z0-9][\w.-]*$/), Volume)
    .nullable()
    .optional(),
  networks: z
    .record(z.string().regex(/^[A-Za-z0-9][\w.-]*$/), NetworkForm)
    .nullable()
    .optional(),
})
export type ComposeForm = z.infer<typeof ComposeForm>

/** Why some keys can never be had, for whoever asks. */
export const NEVER: Readonly<Record<string, string>> = {
  privileged: 'it would hand the machine over',
  devices: 'it would hand the machine over',
  cap_add: 'sandboxes get no more than their own capabilities',
  network_mode: 'only "none" can be had; services share networks of their own without a way out',
  pid: 'namespaces of the host or of others are not shared',
  ipc: 'namespaces of the host or of others are not shared',
  userns_mode: 'namespaces of the host or of others are not shared',
  cgroup_parent: 'it would leave the limits of the sandbox',
}
