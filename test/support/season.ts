import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { screen } from '../../validator/scoring/duel/screen.ts'
import {
  type DuelStanding,
  judgeDuel,
  planRounds,
  playedRounds,
  toRound,
  weightsOf,
} from '../../validator/scoring/season/bouts.ts'
import type { Draw, Entry, Environment, Result, Results } from '../../validator/scoring/season/facts.ts'
import type { Reign } from '../../validator/scoring/season/pay.ts'
import { precedes } from '../../validator/scoring/season/ranking.ts'
import type { Row } from '../../validator/scoring/season/rows.ts'
import type { Fact } from '../../validator/scoring/season/season.ts'
import { closeWindow, type Standings } from '../../validator/scoring/season/standings.ts'

/** An agent whose chance at a task is known: `skill` against the task's difficulty, in logits. */
export interface Player {
  readonly submission: string
  readonly hotkey: string
  readonly role?: Entry['role']
  readonly skill: number
  /** The window in which it is handed in. */
  readonly window: number
  readonly origin?: string
}

export interface SeasonPlan {
  readonly players: readonly Player[]
  readonly windows: number
  readonly environments: readonly Environment[]
  /** Of each environment, in a window's draw and in a confirmation. */
  readonly tasks: number
  readonly confirmation: number
  readonly alpha: number
  readonly seed: number
}

export interface PlayedSeason {
  readonly facts: readonly Fact[]
  readonly standings: readonly Standings[]
  readonly duels: readonly { readonly draw: Draw; readonly ending: DuelStanding }[]
}

const WINDOW_BLOCKS = 7200

export function digest(value: unknown): string {
  return createHash('sha256').update(canonicalize(value)!).digest('hex')
}

/** Environments of equal weight. */
export function environmentsOf(...names: string[]): Environment[] {
  return names.map(name => ({ name, netuid: 'local', share: 1 / names.length }))
}

/** Plays a season as a validator does: everybody on the window's tasks, then those who seem better against the champion, in turn. */
export function playSeason(plan: SeasonPlan): PlayedSeason {
  const chance = chanceOf(plan)
  const facts: Fact[] = []
  const standings: Standings[] = []
  const duels: PlayedSeason['duels'][number][] = []
  const entries = new Map<string, Entry>()
  const skills = new Map(plan.players.map(({ submission, skill }) => [submission, skill]))
  let rows: readonly Row[] = []
  let reigns: readonly Reign[] = []

  for (let window = 0; window < plan.windows; window++) {
    const start = window * WINDOW_BLOCKS
    for (const [index, player] of plan.players.entries())
      if (player.window === window) {
        const entry = entryOf(player, start, index)
        entries.set(entry.submission, entry)
        facts.push({ kind: 'entry', ...entry })
      }
    const draw = drawOf(plan, { window, block: start, challenger: null, against: [], tasks: plan.tasks })
    facts.push({ kind: 'draw', ...draw })
    const takesPart = ({ submission, role, block }: Entry): boolean =>
      block >= start || role === 'reference' || submission === reigns.at(-1)?.submission
    const present = [...entries.values()].filter(takesPart).sort(precedes)
    const results = new Map(present.map(({ submission }) => [submission, run(draw, submission)]))
    tell(draw, results)
    for (const challenger of present) {
      const champion = reigns.at(-1)?.submission
      if (champion === undefined || champion === challenger.submission || challenger.role !== 'miner')
        continue
      if (!results.has(champion)) {
        results.set(champion, run(draw, champion))
        tell(draw, new Map([[champion, results.get(champion)!]]))
      }
      const rounds = playedRounds(planRounds(draw), results.get(challenger.submission), results.get(champion))
      if (
        !screen(
          weightsOf(draw),
          rounds.map(round => toRound(draw, round)),
        ).passes
      )
        continue
      fight(challenger, champion, window)
    }
    const block = start + WINDOW_BLOCKS
    const uids = Object.fromEntries(plan.players.map(({ hotkey }, index) => [hotkey, index + 1]))
    const closed = closeWindow({ window, block, draw, results, entries, rows, reigns, uids })
    rows = closed.rows
    reigns = closed.reigns
    standings.push(closed)
    facts.push({
      ...{ kind: 'settlement', window, block, champion: reigns.at(-1)?.submission ?? null, uids },
      ...{
        standings: digest(closed),
        weights: closed.pay.weights.map(([uid, weight]) => [uid, weight]),
        despite: null,
      },
    })
  }
  return { facts, standings, duels }

  function fight(challenger: Entry, champion: string, window: number): void {
    const { origin } = challenger
    const others =
      origin === null || origin.submission === champion
        ? []
        : [{ submission: origin.submission, isOrigin: true }]
    const against = [{ submission: champion, isOrigin: origin?.submission === champion }, ...others]
    const block = window * WINDOW_BLOCKS + 100
    const draw = drawOf(plan, {
      window,
      block,
      challenger: challenger.submission,
      against,
      tasks: plan.confirmation,
    })
    const sides = [challenger.submission, ...against.map(({ submission }) => submission)]
    const results = new Map(sides.map(side => [side, run(draw, side)]))
    const ending = judgeDuel(draw, results)
    facts.push({ kind: 'draw', ...draw })
    tell(draw, results)
    duels.push({ draw, ending })
    if (ending.kind === 'open') return
    const credit = ending.kind === 'won' ? ending.credit : null
    const bouts = ending.bouts.map(({ opponent, rounds }) => ({ opponent, rounds: [...rounds] }))
    facts.push({ kind: 'duel', draw: draw.draw, block, challenger: challenger.submission, bouts, credit })
    if (credit !== null)
      reigns = [...reigns, { submission: challenger.submission, block, draw: draw.draw, credit }]
  }

  function run(draw: Draw, submission: string): Map<string, Result> {
    const skill = skills.get(submission)!
    return new Map(
      draw.tasks.map(({ digest: task }) => {
        const score = Number(chance(`${submission} ${task}`) < 1 / (1 + Math.exp(difficulty(task) - skill)))
        return [task, { kind: 'judged' as const, score, seconds: 1 }]
      }),
    )
  }

  function difficulty(task: string): number {
    return 6 * (chance(task) - 0.5)
  }

  function tell(draw: Draw, results: Results): void {
    for (const [submission, own] of results)
      for (const [task, result] of own)
        facts.push({ kind: 'result', draw: draw.draw, submission, task, result })
  }
}

/** A number from 0 up to 1 that belongs to a name. */
function chanceOf({ seed }: SeasonPlan): (name: string) => number {
  return name => createHash('sha256').update(`${seed} ${name}`).digest().readUInt32BE() / 2 ** 32
}

function entryOf(
  { submission, hotkey, role = 'miner', origin }: Player,
  block: number,
  index: number,
): Entry {
  return {
    ...{ submission, agent: submission, hotkey, role, block, index, digest: digest(submission) },
    origin: origin === undefined ? null : { submission: origin, reason: 'the same code' },
  }
}

function drawOf(
  { environments, alpha }: SeasonPlan,
  {
    window,
    block,
    challenger,
    against,
    tasks,
  }: Pick<Draw, 'window' | 'block' | 'challenger' | 'against'> & { tasks: number },
): Draw {
  const draw = `${window}-${challenger ?? 'shared'}`
  return {
    ...{ draw, digest: digest(draw), window, block, challenger, against: [...against], alpha },
    environments: [...environments],
    tasks: environments.flatMap(({ name }) =>
      Array.from({ length: tasks }, (_, number) => ({
        digest: digest(`${draw} ${name} ${number}`),
        environment: name,
      })),
    ),
  }
}
