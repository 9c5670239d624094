import fs from 'node:fs'
import path from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { StageRules } from './queue/stages.ts'
import { Declared } from './scoring/season/shares.ts'
import { type RecordSettings, readRecordSettings } from './store/records.ts'
import { WORKER_NAME } from './worker/presence.ts'

const Port = z.int().min(0).max(65_535)

/** What an operator may say of a validator in `arete.toml`. Where its records are is said by the environment (`records.ts`). */
export const Settings = z.strictObject({
  listen: z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: Port.default(8062) })
    .default({ host: '127.0.0.1', port: 8062 }),
  /** Of the chain: `local`, `finney`, `test`. */
  network: z.string().min(1).max(64).default('local'),
  netuid: z.int().min(0).max(65_535).default(0),
  /** Which of the subnet's mechanisms our weights are for. */
  mechanism: z.int().min(0).max(15).default(0),
  /** The hotkey: a file, or names in Bittensor's wallets. On a local network one is made if there is none. */
  wallet: z
    .union([
      z.strictObject({ path: z.string().min(1) }),
      z.strictObject({ name: z.string().min(1), hotkey: z.string().min(1), folder: z.string().optional() }),
    ])
    .optional(),
  /**
   * Definition of a chain without a network, or nodes of a real one: the first is asked as long as it is well, a second one is compared
   * with. On a local network one where everybody is registered if there is none.
   */
  chain: z
    .union([
      z.strictObject({ offline: z.string().min(1) }),
      z.strictObject({
        endpoints: z
          .array(z.string().regex(/^wss?:\/\/\S+$/, 'an address such as wss://node.example:443'))
          .min(1)
          .max(8),
      }),
    ])
    .optional(),
  window: z
    .strictObject({
      blocks: z.int().min(1).default(7200),
      tasks: z.int().min(1).default(12),
      /** Tasks of a duel. */
      confirmation: z.int().min(1).default(24),
    })
    .default({ blocks: 7200, tasks: 12, confirmation: 24 }),
  /** Most that a challenger which is no better may win a duel with; see `alphaOf` in `scoring/duel/rules.ts`. */
  alpha: z.number().min(0.0005).max(0.02).default(0.005),
  /** Subnets, weights and families of environments; those that are not named are local and weigh 1. */
  environments: Declared.default({}),
  stages: StageRules.default(StageRules.parse({})),
  rates: z
    .strictObject({
      hours: z.number().positive().default(24),
      hotkey: z.int().min(0).default(2),
      coldkey: z.int().min(0).default(4),
      commits: z.int().min(0).default(20),
    })
    .default({ hours: 24, hotkey: 2, coldkey: 4, commits: 20 }),
  /** What a submission costs: nothing, a credit that the operator gives, or `rao` paid on the chain (a credit will do, too). */
  fee: z.enum(['none', 'credit', 'chain']).default('none'),
  /** The price of a submission, in rao: 10⁻⁹ of a token. */
  rao: z.int().positive().optional(),
  /** Folders of certified tasks; the bundled ones if neither these nor pools are named. */
  tasks: z.array(z.string().min(1)).default([]),
  /** Folders of agents that everybody may build on, besides the templates: who shares them is no copy. */
  common: z.array(z.string().min(1)).default([]),
  /** Agents of the validator's own that stand on every board: `nop`, an agent of `miner-template/` by its name, or a folder. */
  references: z
    .array(
      z
        .string()
        .min(1)
        .refine(name => name !== 'oracle', 'the oracle knows the answers, and is never ranked'),
    )
    .max(20)
    .default(['nop', 'repair']),
  /** Public halves of committed pools. */
  pools: z.array(z.string().min(1)).default([]),
  /** When results and code may be read by everybody: with the end of their window, or at once where all tasks are public anyway. */
  openness: z.enum(['window', 'at-once']).optional(),
  /** Share of void attempts in an environment above which nothing is settled. */
  mostVoided: z.number().min(0).max(1).default(0.02),
  worker: z
    .strictObject({
      /** What everybody may call it; "worker" if not said. */
      name: z.string().regex(WORKER_NAME, 'small letters, digits and hyphens').optional(),
      jobs: z.int().min(1).optional(),
      labels: z.array(z.string().regex(/^[a-z0-9-]+$/, 'small letters, digits and hyphens')).default([]),
    })
    .default({ labels: [] }),
  /** How long a stop may take before what is under way is handed back. */
  stopSeconds: z.number().min(0).default(60),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
})
export type Settings = z.infer<typeof Settings>

/** All that a validator is started with. */
export interface Config extends Settings {
  readonly records: RecordSettings
  /** The file that was read; undefined if there is none. */
  readonly file: string | undefined
}

/** What is wrong with the settings; each reason names key and file, none a secret. */
export class ConfigError extends Error {
  constructor(reasons: readonly string[]) {
    super(`Cannot start with these settings:\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
    this.name = 'ConfigError'
  }
}

type Env = Readonly<Record<string, string | undefined>>

/**
 * Reads `ARETE_CONFIG`, else `arete.toml` in the data folder if it is there, and the environment, which counts more: `ARETE_LISTEN`
 * (`host:port`), `ARETE_NETWORK`, `ARETE_NETUID`, `ARETE_LOG_LEVEL`.
 *
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig(env: Env): Config {
  const reasons: string[] = []
  const records = readRecordSettings(env)
  if ('mistakes' in records) reasons.push(...records.mistakes)
  const file = findFile(env, records.data)
  const written = file === undefined ? {} : readFile(file, reasons)
  const raw = { ...written, ...fromEnvironment(env, reasons) }
  const parsed = Settings.safeParse(raw)
  if (!parsed.success) reasons.push(...parsed.error.issues.flatMap(issue => explain(issue, file)))
  if (parsed.success) reasons.push(...findConflicts(parsed.data, file))
  if (reasons.length > 0 || !parsed.success || 'mistakes' in records) throw new ConfigError(reasons)
  return { ...parsed.data, records, file }
}

function findFile(env: Env, data: string): string | undefined {
  if (env.ARETE_CONFIG !== undefined) return path.resolve(env.ARETE_CONFIG)
  const usual = path.join(data, 'arete.toml')
  return fs.existsSync(usual) ? usual : undefined
}

function readFile(file: string, reasons: string[]): Record<string, unknown> {
  try {
    return parseToml(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    reasons.push(`${file}: ${(error as Error).message.split('\n')[0]}`)
    return {}
  }
}

function fromEnvironment(env: Env, reasons: string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  if (env.ARETE_LISTEN !== undefined) {
    const match = /^(?<host>.+):(?<port>\d{1,5})$/.exec(env.ARETE_LISTEN)
    if (match === null) reasons.push(`ARETE_LISTEN: expected host:port, not "${env.ARETE_LISTEN}"`)
    else
      found.listen = {
        host: match.groups!.host!.replace(/^\[(.+)\]$/, '$1'),
        port: Number(match.groups!.port),
      }
  }
  if (env.ARETE_NETWORK !== undefined) found.network = env.ARETE_NETWORK
  if (env.ARETE_NETUID !== undefined) found.netuid = Number(env.ARETE_NETUID)
  if (env.ARETE_LOG_LEVEL !== undefined) found.logLevel = env.ARETE_LOG_LEVEL
  return found
}

/** What each key says by itself, and not together with others. */
function findConflicts(settings: Settings, file: string | undefined): string[] {
  const { network, wallet, chain, fee, rao } = settings
  const where = file ?? 'arete.toml'
  const prices =
    (fee === 'chain') === (rao !== undefined)
      ? []
      : [`${where}: rao: the price belongs to fee = "chain", and that to a price`]
  if (network === 'local') return prices
  return [
    ...prices,
    ...(wallet === undefined
      ? [`${where}: wallet: needed on the network "${network}", to sign receipts`]
      : []),
    ...(chain === undefined
      ? [
          `${where}: chain: needed on the network "${network}": endpoints of nodes, or the definition of an offline one`,
        ]
      : []),
  ]
}

function explain(issue: z.core.$ZodIssue, file: string | undefined): string[] {
  const where = file ?? 'the environment'
  const place = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys') return [`${where}: ${place || 'all'}: ${issue.message}`]
  return issue.keys.map(key => {
    const near = nearest(key, Object.keys(Settings.shape))
    return `${where}: ${[place, key].filter(Boolean).join('.')}: there is no such key${near === undefined ? '' : `; did you mean "${near}"?`}`
  })
}

function nearest(key: string, known: readonly string[]): string | undefined {
  return known.find(one => distance(one, key) <= 2)
}

/** Letters that have to be changed, taken out or put in (V. Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1]
    for (const [column, against] of [...other].entries())
      next.push(
        Math.min(next[column]! + 1, row[column + 1]! + 1, row[column]! + (letter === against ? 0 : 1)),
      )
    row = next
  }
  return row.at(-1)!
}
