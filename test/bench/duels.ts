import { duel, type Round } from '../../validator/scoring/duel/duel.ts'
import { CONFIRMATION } from '../../validator/scoring/duel/rules.ts'
import { screen } from '../../validator/scoring/duel/screen.ts'
import { type Random, randomOf } from '../../validator/scoring/random.ts'

/** How often a rule dethrones the champion, by how much better the challenger is. */
export interface DuelRow {
  readonly rule: string
  readonly duels: number
  readonly columns: Readonly<Record<Lift, { readonly won: number; readonly rounds: number }>>
}

const ENVIRONMENTS = ['one', 'two', 'three']
const LIFTS = {
  equal: [0, 0, 0],
  '+2': [0.02, 0.02, 0.02],
  '+5': [0.05, 0.05, 0.05],
  '+10': [0.1, 0.1, 0.1],
  'one +10': [0.1, 0, 0],
  '-3 and +5': [-0.03, 0.05, 0],
} as const
type Lift = keyof typeof LIFTS
const LIFT_NAMES = Object.keys(LIFTS) as Lift[]
const WEIGHTS = Object.fromEntries(ENVIRONMENTS.map(name => [name, 1 / ENVIRONMENTS.length]))

type Rule = (lifts: readonly number[], random: Random) => { won: boolean; rounds: number }

const OURS = [
  { rounds: 300, alpha: 0.02 },
  { rounds: 370, alpha: 0.02 },
  { rounds: 600, alpha: 0.02 },
  { rounds: 600, alpha: 0.005 },
  { rounds: 600, alpha: 0.001 },
]
const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    OURS.map(({ rounds, alpha }) => [`Arête, ${rounds} rounds, α ${alpha}`, ours({ rounds, alpha })]),
  ),
  'Arête, screen 150, then 450 rounds, α 0.005': twoStages,
  'Affine, 200 tasks each': affine,
  'Ridges, 50 tasks, 3 validators': ridges,
}

/**
 * Simulates duels under each rule. Tasks differ in how hard they are: the champion solves one with a probability from a beta
 * distribution of mean .4 and sum 1, as in collections of the SWE-bench kind, and the challenger closes or opens a part of what is
 * left; both try each task independently. The same seeds each time.
 */
export function measureDuels(duels: number, say: (what: string) => void): DuelRow[] {
  return Object.entries(RULES).map(([rule, play]) => {
    say(`duels: ${rule}`)
    const columns = Object.fromEntries(
      LIFT_NAMES.map((lift, column) => [lift, count(play, LIFTS[lift], duels, column)]),
    )
    return { rule, duels, columns } as DuelRow
  })
}

/** Shares of duels won, and the mean number of rounds in brackets. */
export function renderDuels(rows: readonly DuelRow[]): string {
  const width = Math.max(...rows.map(({ rule }) => rule.length))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(width) : cell.padStart(13))).join('')
  const bodies = rows.map(({ rule, columns }) =>
    line([rule, ...LIFT_NAMES.map(lift => `${columns[lift].won.toFixed(3)} (${columns[lift].rounds})`)]),
  )
  return [line(['challenger is better by', ...LIFT_NAMES]), ...bodies].join('\n')
}

function count(play: Rule, lifts: readonly number[], duels: number, column: number) {
  const random = randomOf(1_000_003 * (column + 1))
  let won = 0
  let rounds = 0
  for (let number = 0; number < duels; number++) {
    const result = play(lifts, random)
    if (result.won) won++
    rounds += result.rounds
  }
  return { won: won / duels, rounds: Math.round(rounds / duels) }
}

function* course(lifts: readonly number[], random: Random): Generator<Round> {
  for (;;)
    yield Object.fromEntries(
      ENVIRONMENTS.map((name, index) => {
        const [champion, challenger] = chances(lifts[index]!, random)
        return [
          name,
          { champion: random() < champion ? 1 : 0, challenger: random() < challenger ? 1 : 0 },
        ] as const
      }),
    )
}

const MEAN = 0.4

/** Chances of both at one task; they differ by `lift` in the mean. */
function chances(lift: number, random: Random): [champion: number, challenger: number] {
  const chance = beta(MEAN, 1 - MEAN, random)
  return [chance, lift >= 0 ? chance + (lift * (1 - chance)) / (1 - MEAN) : chance + (lift * chance) / MEAN]
}

/** A beta variate by M. D. Jöhnk's method, which is quick where both parameters are below 1. */
function beta(a: number, b: number, random: Random): number {
  for (;;) {
    const x = random() ** (1 / a)
    const y = random() ** (1 / b)
    if (x + y > 0 && x + y <= 1) return x / (x + y)
  }
}

function ours(rules: { rounds: number; alpha: number }): Rule {
  return (lifts, random) => {
    const { outcome, rounds } = duel({ ...CONFIRMATION, ...rules }, WEIGHTS, course(lifts, random))
    return { won: outcome.kind === 'won', rounds }
  }
}

function twoStages(lifts: readonly number[], random: Random) {
  const first = take(course(lifts, random), 150)
  if (!screen(WEIGHTS, first).passes) return { won: false, rounds: 150 }
  const { won, rounds } = ours({ rounds: 450, alpha: 0.005 })(lifts, random)
  return { won, rounds: 150 + rounds }
}

/** Three points better in one environment, and nowhere below 98 % of the champion. */
function affine(lifts: readonly number[], random: Random) {
  const rounds = take(course(lifts, random), 200)
  const means = ENVIRONMENTS.map(name => ({
    challenger: mean(rounds, name, 'challenger'),
    champion: mean(rounds, name, 'champion'),
  }))
  const isWorse = means.some(({ challenger, champion }) => challenger < 0.98 * champion)
  const isDominant = means.some(({ challenger, champion }) => challenger > champion + 0.03 + 1e-9)
  return { won: isDominant && !isWorse, rounds: 200 }
}

/** Three in a hundred better, by the tasks that each of three validators saw solved; the same tasks for both. */
function ridges(lifts: readonly number[], random: Random) {
  let challenger = 0
  let champion = 0
  for (let task = 0; task < 50; task++) {
    const [old, fresh] = chances(lifts[task % lifts.length]!, random)
    if (isSolvedThrice(old, random)) champion++
    if (isSolvedThrice(fresh, random)) challenger++
  }
  return { won: champion === 0 ? challenger > 0 : (challenger - champion) / champion >= 0.03, rounds: 50 }
}

function isSolvedThrice(chance: number, random: Random): boolean {
  return random() < chance && random() < chance && random() < chance
}

function take(course: Generator<Round>, count: number): Round[] {
  return Array.from({ length: count }, () => course.next().value as Round)
}

function mean(rounds: readonly Round[], name: string, side: 'challenger' | 'champion'): number {
  return (
    rounds.reduce((sum, round) => sum + (round[name] as Record<typeof side, number>)[side], 0) / rounds.length
  )
}
