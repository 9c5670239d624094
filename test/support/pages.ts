import type { AgentPage } from '../../validator/pages/agent.ts'
import type { Who } from '../../validator/pages/board-data.ts'
import type { DuelPage } from '../../validator/pages/duel.ts'
import type { EnvironmentsPage } from '../../validator/pages/environments.ts'
import type { Site } from '../../validator/pages/layout.ts'
import type { MirrorsPage } from '../../validator/pages/mirrors.ts'
import type { SubnetsPage } from '../../validator/pages/subnets-data.ts'
import type { TaskPage } from '../../validator/pages/task.ts'
import type { WeightsPage } from '../../validator/pages/weights.ts'
import type { WorkersPage } from '../../validator/pages/workers.ts'
import { openDuel } from '../../validator/scoring/duel/duel.ts'
import { rulesFor } from '../../validator/scoring/duel/rules.ts'
import { randomOf } from '../../validator/scoring/random.ts'

export function fakeSite(change: Partial<Site> = {}): Site {
  const pages = ['Board', 'Environments', 'Workers', 'Weights', 'Subnets', 'Mirrors'].map(label => ({
    href: `/${label.toLowerCase()}`,
    label,
  }))
  return { place: 'finney, subnet 62', pages, events: undefined, version: '0.1.0', stamp: 'test', ...change }
}

export const ANN: Who = {
  submission: 'a'.repeat(24),
  agent: 'calm-delta',
  hotkey: '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty',
}
export const BOB: Who = {
  submission: 'b'.repeat(24),
  agent: 'keen-kestrel',
  hotkey: '5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy',
}

/** So many subnets over thirty days, as a chain might have them. */
export function fakeSubnets(count: number): SubnetsPage {
  const random = randomOf(count + 3)
  const names = ['templar', 'ridges', 'chutes', 'hippius', 'affine', 'apex', 'score', 'vision']
  const rows = Array.from({ length: count }, (_, index): SubnetsPage['rows'][number] => {
    const [tao, change] = [200 + 90_000 * random() ** 4, random() - 0.45]
    const price = 0.002 + 0.12 * random() ** 3
    return {
      ...{ netuid: index + 1, name: `${names[index % names.length]}-${index}`, symbol: 'α', tempo: 360 },
      ...{ isOurs: [3, 62, 64, 75, 120].includes(index + 1), emissionShare: random() ** 3 / count, price },
      ...{ tao, alpha: tao / price, volume: tao * 30, traded: tao * random() * 0.1, cost: 0.5 + random() },
      flows: { day: tao * change * 0.02, week: index % 9 === 0 ? null : tao * change * 0.1 },
      changes: { day: change / 10, week: change / 3 },
      ...{ miners: Math.floor(random() * 200), validators: Math.floor(random() * 20), uids: 256 },
      ...{ burned: index % 5 === 0 ? null : random(), registrations: Math.floor(random() * 5) },
      registeredAt: 4_000_000 + index * 7200,
      prices: Array.from({ length: 30 }, (_, day) => price * (1 + Math.sin(day / 5 + index) / 8)),
      ...{ isActive: random() > 0.5, signals: ['gets emission', 'is traded'] },
    }
  })
  rows.sort((one, other) => other.emissionShare - one.emissionShare)
  const concentration = { five: 0.31, ten: 0.47, gini: 0.62 }
  return {
    ...{ block: 6_912_345, at: '2026-09-01T12:00:00.000Z', rows },
    concentration: { emission: concentration, pools: { ...concentration, gini: 0.71 } },
    trend: Array.from({ length: 30 }, (_, day) => ({
      ...{ block: 6_700_000 + day * 7200, at: new Date(Date.UTC(2026, 7, 3 + day)).toISOString() },
      ...{ gini: 0.68 + day / 1000, five: 0.3 + Math.sin(day / 4) / 40, active: 60 + (day % 7) },
    })),
  }
}

/** A duel that was really played, for so many rounds, by a challenger of this chance against one of .5. */
export function fakeDuel(rounds: number, chance = 0.58, change: Partial<DuelPage> = {}): DuelPage {
  const names = ['features', 'hardening', 'python-fixes', 'typescript-fixes']
  const rules = rulesFor({ alpha: 0.005, isSuspect: false })
  const state = openDuel(rules, Object.fromEntries(names.map(name => [name, 1 / names.length])))
  const random = randomOf(11)
  const curve: [number, number][] = []
  for (let round = 0; round < rounds && state.standing().outcome.kind === 'open'; round++) {
    state.play(
      Object.fromEntries(
        names.map(name => [
          name,
          { challenger: Number(random() < chance), champion: Number(random() < 0.5) },
        ]),
      ),
    )
    curve.push([state.standing().superiority, state.standing().futility])
  }
  const standing = state.standing()
  const { kind } = standing.outcome
  return {
    ...{ id: 'confirmation-182-3', challenger: ANN, kind, window: 182, block: 1_310_400, alpha: rules.alpha },
    rules: { margin: rules.margin, safety: rules.safety, gain: rules.gain, handicap: 0.03 },
    credit: kind === 'won' ? 0.034 : null,
    bouts: [
      {
        ...{
          opponent: BOB,
          isOrigin: false,
          rounds: standing.rounds,
          most: rules.rounds,
          lead: standing.lead,
        },
        ...{
          superiority: standing.superiority,
          wins: standing.wins,
          futility: standing.futility,
          loses: rules.futility,
        },
        ...{ ending: kind === 'open' ? null : kind, p: standing.p, curve },
        environments: names.map(name => ({
          name,
          netuid: 'local',
          share: 0.25,
          ...standing.environments[name]!,
        })),
      },
    ],
    ...change,
  }
}

export function fakeAgent(change: Partial<AgentPage> = {}): AgentPage {
  const interval = { score: 0.42, low: 0.354, high: 0.489 }
  return {
    ...ANN,
    ...{ version: '1.4.0', language: 'typescript', digest: '3f'.repeat(32), state: 'passed', stage: 'full' },
    ...{ window: 182, received: '2026-11-20T08:15:00.000Z', precedence: { block: 1_299_801, index: 3 } },
    ...{ place: null, rank: 3, total: interval, trend: [0.36, 0.38, 0.37, 0.4, 0.42], reasons: [] },
    cells: ['features', 'hardening', 'python-fixes'].map((environment, index) => ({
      ...{ environment, ...interval, judged: 200 },
      score: interval.score + 0.02 * index,
    })),
    next: 'It stands on the board of this validator',
    stages: [
      { stage: 'smoke', tasks: 1, solved: 1, judged: 1, voided: 0, open: 0 },
      { stage: 'screen', tasks: 5, solved: 2, judged: 5, voided: 0, open: 0 },
      { stage: 'full', tasks: 7, solved: 3, judged: 6, voided: 1, open: 0 },
    ],
    attempts: Array.from({ length: 13 }, (_, index) => ({
      id: index.toString(16).padStart(24, '0'),
      stage: index === 0 ? 'smoke' : index < 6 ? 'screen' : 'full',
      place: index + 1,
      environment: ['features', 'hardening', 'python-fixes'][index % 3]!,
      task: index < 6 ? `arete/task-${index}` : null,
      state: index === 12 ? 'voided' : 'judged',
      verdict: index === 12 ? null : index % 3 === 0 ? ('solved' as const) : ('unsolved' as const),
      reason: index % 3 === 0 ? 'tests-passed' : 'no-patch',
      seconds: 3.4 * index + 2,
    })),
    ...{ hidden: null, code: { href: null, closed: 'It opens with block 1317600, about 2026-11-30' } },
    origin: { ...BOB, reason: 'nine in ten of its tokens stand there in the same order' },
    ...{ copies: [], others: [] },
    duels: [{ id: 'confirmation-182-3', kind: 'open', challenger: ANN, opponent: BOB }],
    ...change,
  }
}

export function fakeWeights(change: Partial<WeightsPage> = {}): WeightsPage {
  return {
    ...{ window: 182, block: 1_310_400, settled: '2026-11-29T10:43:20.000Z', burned: 0.466 },
    lines: [
      { ...BOB, why: 'champion', share: 0.2, uid: 17, burned: null },
      { ...BOB, why: 'credit', share: 0.213, uid: 17, burned: null },
      { ...ANN, why: 'credit', share: 0.121, uid: 4, burned: null },
      { ...ANN, agent: 'repair', why: 'credit', share: 0.05, uid: null, burned: 'no-miner' },
    ],
    weights: [
      { uid: 0, weight: 30_539, hotkey: null },
      { uid: 4, weight: 7930, hotkey: ANN.hotkey },
      { uid: 17, weight: 27_066, hotkey: BOB.hotkey },
    ],
    set: { block: 1_310_412, at: '2026-11-29T10:45:44.000Z' },
    ...change,
  }
}

export function fakeEnvironments(change: Partial<EnvironmentsPage> = {}): EnvironmentsPage {
  const names = ['features', 'hardening', 'python-fixes', 'swe-infinite']
  return {
    environments: names.map((name, index) => ({
      ...{
        name,
        netuid: index === 3 ? 120 : ('local' as const),
        share: index === 3 ? 0.5 : 1 / 6,
        tasks: 9 - index,
      },
      ...{ judged: 480, solved: 201 - 40 * index, low: 0.37 - 0.08 * index, high: 0.46 - 0.08 * index },
      ...{ voided: index, seconds: 41 + 7 * index },
      open: Array.from({ length: 6 - 2 * index }, (_, task) => ({
        ...{
          digest: `${index}${task}`.padStart(64, '0'),
          name: `arete/task-${index}-${task}`,
          judged: 40,
          solved: 11 + task,
        },
      })),
    })),
    ...change,
  }
}

export function fakeWorkers(change: Partial<WorkersPage> = {}): WorkersPage {
  return {
    workers: ['alder', 'birch', 'cypress'].map((host, index) => ({
      ...{
        id: `${host}-412${index}-3fa9c1`,
        host,
        engine: index === 2 ? 'runsc' : 'runc',
        cpus: 16,
        memoryMegabytes: 64_000,
      },
      ...{
        labels: index === 2 ? ['large'] : [],
        phases: ['agent', 'verify'],
        version: '0.1.0',
        seen: '2026-11-29T10:43:20.000Z',
      },
      ...{
        state: index === 1 ? 'draining' : 'working',
        holding: 6 - index,
        judged: 4120 + 77 * index,
        faults: index,
      },
    })),
    stranded: [],
    attempts: [
      { state: 'waiting', count: 312 },
      { state: 'running', count: 17 },
      { state: 'judged', count: 48_212 },
      { state: 'voided', count: 14 },
    ],
    ...change,
  }
}

export function fakeTask(change: Partial<TaskPage> = {}): TaskPage {
  const statement =
    '# Sugar is not a valid formula\n\n`molar` reads glucose, but not table sugar:\n\n```python\n>>> count_atoms("C12H22O11")\nFormulaError: unexpected \'1\' at position 8\n```\n\nAccording to the README, numbers may have\nany length.'
  return {
    ...{ digest: '5'.repeat(64), name: 'arete/formula-mass', environment: 'python-fixes', seconds: 900 },
    statement: { text: statement, left: 0 },
    needs: { cpus: 1, memoryMegabytes: 1024, labels: [] },
    attempts: [ANN, BOB].map(({ submission, agent }, index) => ({
      ...{ id: `${index}`.padStart(24, 'c'), submission, agent, stage: 'full' },
      ...{ verdict: index === 0 ? 'solved' : 'unsolved', reason: 'tests-passed', seconds: 44 },
    })),
    ...change,
  }
}

/** Two boards of others, one of which says next to nothing. */
export function fakeMirrors(): MirrorsPage {
  const unknown = { hotkey: null, score: null, environments: {}, cost: null, weight: null, status: null }
  const read = { taken: '2026-11-29T10:43:00.000Z', digest: 'd'.repeat(64) }
  return {
    mirrors: [
      {
        ...{ source: 'affine', netuid: 120, origin: 'rank.json', block: 6_480_123, ...read },
        entries: [
          {
            ...{ ...unknown, rank: 1, name: 'org/model-seven', hotkey: ANN.hotkey, score: 0.71234 },
            ...{ environments: { sat: 0.81, swe: 0.5 }, weight: 1, status: 'champion' },
          },
          { ...unknown, rank: 2, name: 'org/<b>model</b>', score: 0.7, environments: { sat: 0.79 } },
        ],
      },
      {
        ...{ source: 'ridges', netuid: 62, origin: 'top-agents.json', block: null, ...read },
        entries: [{ ...unknown, rank: 1, name: 'top agent', score: 63, cost: 0.12 }],
      },
    ],
  }
}
