import fs from 'node:fs'
import path from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import type { Reason } from '../../validator/scoring/verdict.ts'

const ROOT = import.meta.dirname
export const TARGETS = path.join(ROOT, 'targets')

export const GROUPS = [
  'reading',
  'writing',
  'forging',
  'surviving',
  'exhausting',
  'leaving',
  'confusing',
  'blaming',
] as const
export type Group = (typeof GROUPS)[number]

export const NAIVE = ['shared', 'lines'] as const
export type Naive = (typeof NAIVE)[number]

/** Every reason but `tests-passed`: with that one an attack would have won. */
const REASONS = [
  'tests-failed',
  'tampering',
  'no-patch',
  'invalid-patch',
  'agent-crashed',
  'agent-timed-out',
  'agent-out-of-memory',
  'agent-flooded',
  'tests-ended-early',
  'tests-timed-out',
  'tests-out-of-memory',
  'tests-flooded',
  'tests-disagree',
] as const satisfies readonly Reason[]

const Declaration = z
  .strictObject({
    what: z.string().min(40),
    target: z.string().refine(name => fs.existsSync(path.join(TARGETS, name)), 'no such folder in targets/'),
    naive: z.enum(['solved', 'unsolved', 'chance']),
    naive_by: z.array(z.enum(NAIVE)).default([]),
    reasons: z.array(z.enum(REASONS)).min(1),
    residual: z.string().optional(),
    catalogue: z.array(z.number().int().positive()).default([]),
  })
  .refine(
    ({ naive, naive_by }) => (naive === 'solved') === naive_by.length > 0,
    'naive_by names who is fooled if naive is "solved", and nobody else',
  )

/** What the hostile side hands in. */
export type Payload =
  | { readonly kind: 'script'; readonly file: string }
  | { readonly kind: 'agent'; readonly folder: string }
  | { readonly kind: 'diff'; readonly file: string }

/** One way to cheat, and what has to come of it. */
export interface Attack {
  readonly name: string
  readonly group: Group
  readonly what: string
  /** Folder of the task that it attacks. */
  readonly target: string
  readonly payload: Payload
  /** The naive verifiers that take it for a solution; undefined if it depends on who is faster. */
  readonly fools: readonly Naive[] | undefined
  /** Our reasons that are right; never a `solved`. */
  readonly reasons: readonly string[]
  /** What no defence inside the process can stop in principle, and how it shows. */
  readonly residual: string | undefined
}

/** The mistakes of an attack folder, each with what was expected. */
export class AttackError extends Error {
  constructor(folder: string, mistakes: readonly string[]) {
    super(`Cannot use the attack ${folder}:\n${mistakes.map(mistake => `  ${mistake}`).join('\n')}`)
    this.name = 'AttackError'
  }
}

/**
 * Loads every attack below `root`, in the order of groups and names.
 *
 * @throws AttackError for the first folder that cannot be used
 */
export function loadAttacks(root: string = ROOT): Attack[] {
  const attacks = GROUPS.flatMap(group => {
    const folder = path.join(root, group)
    if (!fs.existsSync(folder)) return []
    return fs
      .readdirSync(folder)
      .sort()
      .map(name => loadAttack(group, path.join(folder, name)))
  })
  const names = attacks.map(attack => attack.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new AttackError(twice, ['there are two of this name'])
  return attacks
}

function loadAttack(group: Group, folder: string): Attack {
  const file = path.join(folder, 'attack.toml')
  if (!fs.existsSync(file)) throw new AttackError(folder, ['attack.toml: missing'])
  const declared = Declaration.safeParse(parseFile(folder, file))
  if (!declared.success) {
    throw new AttackError(
      folder,
      declared.error.issues.map(issue => `attack.toml: ${issue.path.join('.') || 'file'}: ${issue.message}`),
    )
  }
  const { what, target, naive, naive_by, reasons, residual } = declared.data
  return {
    name: path.basename(folder),
    group,
    what,
    target: path.join(TARGETS, target),
    payload: findPayload(folder),
    fools: naive === 'chance' ? undefined : naive_by,
    reasons,
    residual,
  }
}

function parseFile(folder: string, file: string): unknown {
  try {
    return parseToml(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new AttackError(folder, [`attack.toml: ${(error as Error).message.split('\n')[0]}`])
  }
}

function findPayload(folder: string): Payload {
  const at = (name: string): string => path.join(folder, name)
  const found: Payload[] = []
  if (fs.existsSync(at('solve.sh'))) found.push({ kind: 'script', file: at('solve.sh') })
  if (fs.existsSync(at('agent/agent.json'))) found.push({ kind: 'agent', folder: at('agent') })
  if (fs.existsSync(at('patch.diff'))) found.push({ kind: 'diff', file: at('patch.diff') })
  const [payload, ...more] = found
  if (payload === undefined || more.length > 0)
    throw new AttackError(folder, ['needs exactly one of solve.sh, agent/agent.json, patch.diff'])
  if (payload.kind === 'script' && !fs.readFileSync(payload.file, 'utf8').startsWith('#!/bin/bash\n'))
    throw new AttackError(folder, ['solve.sh: must begin with #!/bin/bash'])
  return payload
}
