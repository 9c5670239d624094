import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import {
  patchLikeness,
  type References,
  referenceLines,
  type SolvedPatch,
} from '../../validator/copies/patches.ts'
import { PATCHES_ALONE, QUANTILE } from '../../validator/copies/suspects.ts'
import { buildLine, type Line } from './measure.ts'

const Prediction = z.object({ instance_id: z.string(), model_patch: z.string() })
const Source = z.object({ repository: z.string(), commit: z.string() })

/** Patches of one run of an agent at the tasks that it solved. */
interface Run {
  readonly agent: string
  readonly model: string
  readonly name: string
  readonly patches: readonly SolvedPatch[]
}

/** What is compared: all that two runs both solved, or so many tasks of it. */
interface Sample {
  readonly kind: 'independent' | 'other-model' | 'rerun'
  readonly agents: readonly [string, string]
  readonly isSameModel: boolean
  readonly size: number | 'all'
  readonly likeness: number
}

const SIZES = [10, 20, 40, 'all'] as const
const SPLITS = 200

/**
 * How alike patches of strangers are, and those of one agent that ran twice. The folder has a file of SWE-bench predictions, solved tasks
 * only, for each run of an agent: `<agent>[@<model>][.<run>].jsonl`; `reference.jsonl` with the reference solutions; and `sources.json`, a
 * list of `{ repository, commit }`. Runs of different agents are independent, whatever model they ask. Of each pair all tasks that both
 * solved are compared, and besides in parts of 10, 20 and 40 tasks, as windows would have them.
 */
export function measurePatches(folder: string): {
  readonly lines: readonly Line[]
  readonly sources: readonly z.infer<typeof Source>[]
} {
  const read = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8')
  const names = fs.readdirSync(folder).filter(name => name.endsWith('.jsonl'))
  const parse = (name: string): SolvedPatch[] =>
    read(name)
      .split('\n')
      .filter(line => line !== '')
      .map(line => Prediction.parse(JSON.parse(line)))
      .map(({ instance_id: task, model_patch: diff }) => ({ task, diff }))
  const references = new Map(
    parse('reference.jsonl').map(({ task, diff }) => [task, referenceLines([diff])] as const),
  )
  const runs = names
    .filter(name => name !== 'reference.jsonl')
    .sort()
    .map(name => ({ ...nameOf(name), patches: parse(name).filter(({ task }) => references.has(task)) }))
  const samples = samplesOf(runs, references)
  return {
    lines: [...countAll(runs, samples), ...quantileLines(samples), ...roc(samples), ...heldOut(samples)],
    sources: z.array(Source).parse(JSON.parse(read('sources.json'))),
  }
}

function nameOf(file: string): Omit<Run, 'patches'> {
  const name = path.basename(file, '.jsonl')
  const [whole] = name.split('.') as [string]
  const [agent, model = ''] = whole.split('@') as [string, string?]
  return { name, agent, model }
}

function samplesOf(runs: readonly Run[], references: References): Sample[] {
  return runs.flatMap((one, index) =>
    runs.slice(index + 1).flatMap(other => {
      const kind =
        one.agent !== other.agent ? 'independent' : one.model !== other.model ? 'other-model' : 'rerun'
      const isSameModel = one.model !== '' && one.model === other.model
      const theirs = new Set(other.patches.map(({ task }) => task))
      const tasks = one.patches.map(({ task }) => task).filter(task => theirs.has(task))
      tasks.sort((left, right) => mixed(left) - mixed(right))
      return SIZES.flatMap(size =>
        partsOf(tasks, size).map((part): Sample => {
          const chosen = new Set(part)
          const [left, right] = [one, other].map(({ patches }) =>
            patches.filter(({ task }) => chosen.has(task)),
          ) as [SolvedPatch[], SolvedPatch[]]
          return {
            ...{ kind, isSameModel, size, agents: [one.agent, other.agent] },
            likeness: patchLikeness(left, right, references),
          }
        }),
      )
    }),
  )
}

function partsOf(tasks: readonly string[], size: Sample['size']): string[][] {
  if (size === 'all') return tasks.length < 10 ? [] : [[...tasks]]
  const count = Math.floor(tasks.length / size)
  return Array.from({ length: count }, (_, at) => tasks.slice(at * size, (at + 1) * size))
}

function countAll(runs: readonly Run[], samples: readonly Sample[]): Line[] {
  const pairs = samples.filter(({ size }) => size === 'all')
  const count = (name: string, wanted: readonly unknown[]): Line =>
    buildLine(`patches.${name}`, wanted.length, 'count')
  return [
    count('agents', [...new Set(runs.map(({ agent }) => agent))]),
    count('runs', runs),
    count('tasks', [...new Set(runs.flatMap(({ patches }) => patches.map(({ task }) => task)))]),
    ...(['independent', 'other-model', 'rerun'] as const).map(kind =>
      count(
        `pairs.${kind}`,
        pairs.filter(one => one.kind === kind),
      ),
    ),
    count(
      'pairs.independent-same-model',
      pairs.filter(one => one.kind === 'independent' && one.isSameModel),
    ),
  ]
}

/** Of each size what 99.5 % of independent pairs stay below, the greatest, and what of reruns exceeds each of the two limits. */
function quantileLines(samples: readonly Sample[]): Line[] {
  const strangers = samples.filter(({ kind }) => kind === 'independent')
  const limit = limitOf(strangers)
  const at = (size: Sample['size'], kind: Sample['kind']): number[] =>
    samples.filter(one => one.size === size && one.kind === kind).map(({ likeness }) => likeness)
  return [
    buildLine('patches.limit', limit * 100, '%'),
    buildLine('patches.limit-alone', limit * PATCHES_ALONE * 100, '%'),
    buildLine('patches.greatest', Math.max(...strangers.map(({ likeness }) => likeness)) * 100, '%'),
    buildLine(
      'patches.greatest-same-model',
      Math.max(...strangers.filter(one => one.isSameModel).map(({ likeness }) => likeness)) * 100,
      '%',
    ),
    ...SIZES.flatMap(size => {
      const [alone, others, again] = [
        at(size, 'independent'),
        at(size, 'other-model'),
        at(size, 'rerun'),
      ] as const
      const name = `patches.${size}-tasks`
      return [
        buildLine(`${name}.independent`, alone.length, 'count'),
        buildLine(`${name}.quantile`, quantileOf(alone) * 100, '%'),
        buildLine(`${name}.greatest`, Math.max(...alone) * 100, '%'),
        buildLine(`${name}.reruns`, again.length, 'count'),
        buildLine(`${name}.reruns-found`, beyond(again, limit), '%'),
        buildLine(`${name}.reruns-found-alone`, beyond(again, limit * PATCHES_ALONE), '%'),
        buildLine(`${name}.other-model-found`, beyond(others, limit), '%'),
      ]
    }),
  ]
}

/** What of reruns would be found if so many independent pairs may be taken for copies. */
function roc(samples: readonly Sample[]): Line[] {
  const of = (kind: Sample['kind']): number[] =>
    samples.filter(one => one.size === 'all' && one.kind === kind).map(({ likeness }) => likeness)
  return [0, 0.005, 0.01, 0.02, 0.05, 0.1].map(allowed => {
    const limit = quantileOf(of('independent'), 1 - allowed)
    return buildLine(`patches.roc.at-${allowed * 100}`, beyond(of('rerun'), limit), '%')
  })
}

/**
 * Limits out of the pairs of some agents, asked of pairs of others: of the other half of all agents, over many ways to halve, and of each
 * agent alone, as one that comes new. A half knows a quarter of the pairs.
 */
function heldOut(samples: readonly Sample[]): Line[] {
  const strangers = samples.filter(({ kind }) => kind === 'independent')
  const agents = [...new Set(strangers.flatMap(({ agents }) => agents))].sort()
  const halves = Array.from({ length: SPLITS }, (_, split) => {
    const known = agents
      .toSorted((one, other) => mixed(`${split} ${one}`) - mixed(`${split} ${other}`))
      .slice(agents.length >> 1)
    return askOthers(strangers, known, known)
  })
  const newcomers = agents.map(fresh => {
    const known = agents.filter(agent => agent !== fresh)
    return askOthers(strangers, known, [])
  })
  const share = (name: string, asked: readonly Asked[]): Line[] => {
    const sum = (what: keyof Asked): number => asked.reduce((total, one) => total + one[what], 0)
    return [
      buildLine(`patches.held-out.${name}.beyond-limit`, (sum('beyond') / sum('pairs')) * 100, '%'),
      buildLine(`patches.held-out.${name}.alone`, (sum('alone') / sum('pairs')) * 100, '%'),
    ]
  }
  return [
    buildLine('patches.held-out.halvings', SPLITS, 'count'),
    ...share('halves', halves),
    ...share('newcomers', newcomers),
  ]
}

interface Asked {
  readonly pairs: number
  readonly beyond: number
  readonly alone: number
}

/**
 * @param known - agents whose pairs the limit is taken of
 * @param closed - agents who are in no pair that is asked; what the limit was taken of is never asked
 */
function askOthers(strangers: readonly Sample[], known: readonly string[], closed: readonly string[]): Asked {
  const isKnown = ({ agents }: Sample): boolean => agents.every(agent => known.includes(agent))
  const limit = limitOf(strangers.filter(isKnown))
  const asked = strangers.filter(one => !isKnown(one) && !one.agents.some(agent => closed.includes(agent)))
  return {
    pairs: asked.length,
    beyond: asked.filter(({ likeness }) => likeness > limit).length,
    alone: asked.filter(({ likeness }) => likeness > limit * PATCHES_ALONE).length,
  }
}

/** The greatest of the quantiles by size: no size has more false alarms than are allowed. */
function limitOf(strangers: readonly Sample[]): number {
  return Math.max(
    ...SIZES.map(size => strangers.filter(one => one.size === size).map(({ likeness }) => likeness))
      .filter(values => values.length > 0)
      .map(values => quantileOf(values)),
  )
}

function quantileOf(values: readonly number[], quantile = QUANTILE): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? 0
}

function beyond(values: readonly number[], limit: number): number {
  return values.length === 0 ? 0 : (values.filter(value => value > limit).length / values.length) * 100
}

/** A place in no order, the same each time. */
function mixed(text: string): number {
  let hash = 2_166_136_261
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619)
  return hash >>> 0
}
