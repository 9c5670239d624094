import { serveHere } from '../../validator/cli/serve-here.ts'
import { randomOf } from '../../validator/scoring/random.ts'
import { replaySeason } from '../../validator/scoring/season/season.ts'
import { buildSeasonApp } from '../../validator/web/season-app.ts'
import { digest, environmentsOf, type PlayedSeason, type Player, playSeason } from '../support/season.ts'
import { buildLine, type Line } from './measure.ts'

const AGENTS = 200
const WINDOWS = 30
const ALPHA = 0.02
/** Of who is handed in: a crowd of all skills, copies that are known as such, sybils that are as good as an earlier one, decoys. */
const SHARES = { copy: 0.1, sybil: 0.1, decoy: 0.1 } as const

/**
 * Simulates seasons of 200 agents of known skill over 30 windows: who earns what, and how often somebody who is no better dethrones a
 * champion. Each season is recomputed from its facts as well. The same seeds each time.
 */
export function measureSeasons(seasons: number, say: (what: string) => void): Line[] {
  const all = Array.from({ length: seasons }, (_, seed) => {
    say(`season ${seed + 1} of ${seasons}`)
    const { players, played } = play(seed)
    return { players, played, wrong: replaySeason(played.facts, digest).mistakes.length }
  })
  const duels = all.flatMap(({ players, played }) => duelsOf(players, played))
  const vain = duels.filter(({ isBetter }) => !isBetter)
  const pays = all.map(({ players, played }) => payOf(players, played))
  const mean = (pick: (one: (typeof pays)[number]) => number): number =>
    (100 * pays.reduce((sum, one) => sum + pick(one), 0)) / pays.length
  return [
    buildLine('season.seasons', seasons, 'count'),
    buildLine('season.agents', AGENTS, 'count'),
    buildLine('season.duels', duels.length, 'count'),
    buildLine('season.duels-of-no-better', vain.length, 'count'),
    buildLine('season.dethroned-by-no-better', vain.filter(({ won }) => won).length, 'count'),
    buildLine('season.alpha', 100 * ALPHA, '%'),
    buildLine(
      'season.false-dethronements',
      (100 * vain.filter(({ won }) => won).length) / Math.max(1, vain.length),
      '%',
    ),
    buildLine(
      'season.champion-among-best-tenth',
      mean(({ atTop }) => atTop),
      '%',
    ),
    // Who was better than everybody before when it came; the least that a champion may be is to be among these.
    buildLine(
      'season.paid.better-than-all-before',
      mean(({ records }) => records),
      '%',
    ),
    buildLine(
      'season.paid.others',
      mean(({ others }) => others),
      '%',
    ),
    buildLine(
      'season.paid.copies',
      mean(({ copies }) => copies),
      '%',
    ),
    buildLine(
      'season.paid.sybils',
      mean(({ sybils }) => sybils),
      '%',
    ),
    buildLine(
      'season.paid.decoys',
      mean(({ decoys }) => decoys),
      '%',
    ),
    buildLine(
      'season.burned',
      mean(({ burned }) => burned),
      '%',
    ),
    buildLine(
      'season.replay-mistakes',
      all.reduce((sum, { wrong }) => sum + wrong, 0),
      'count',
    ),
  ]
}

/** `--season --web`: the pages of one of these seasons, until they are told to stop. */
export async function showSeason(): Promise<void> {
  const { played } = play(0)
  const season = replaySeason(played.facts, digest)
  const { block } = season.settlements.at(-1)!.standings
  const now = { season, open: [], block, counted: new Date(), spent: new Map() }
  const what = `A simulated season of ${AGENTS} agents over ${WINDOWS} windows`
  await serveHere(() => buildSeasonApp(now, 'simulated season'), { what, port: 0 })
}

function play(seed: number): { readonly players: Agent[]; readonly played: PlayedSeason } {
  const players = playersOf(seed)
  const environments = environmentsOf('fixes', 'features', 'terminal')
  const plan = { windows: WINDOWS, environments, tasks: 50, confirmation: 600, alpha: ALPHA }
  return { players, played: playSeason({ ...plan, players, seed: seed + 1 }) }
}

type Kind = 'crowd' | keyof typeof SHARES
interface Agent extends Player {
  readonly kind: Kind
}

/** A reference that does nothing, and agents of which the later ones are better on the whole, as in life. */
function playersOf(seed: number): Agent[] {
  const random = randomOf(1000 + seed)
  const players: Agent[] = [
    { kind: 'crowd', submission: 'nop', hotkey: 'validator', role: 'reference', skill: -99, window: 0 },
  ]
  for (let number = 0; number < AGENTS; number++) {
    const window = Math.floor((number * WINDOWS) / AGENTS)
    const kind = kindOf(random())
    const name = { submission: `${kind}-${number}`, hotkey: `key-${number}`, window, kind }
    const earlier = players.filter(one => one.role !== 'reference' && one.window < window)
    const model = earlier.toSorted((one, other) => other.skill - one.skill)[0]
    const spread = random() + random() + random() - 1.5
    if (kind === 'decoy') players.push({ ...name, skill: -3 })
    else if (kind === 'crowd' || model === undefined)
      players.push({ ...name, kind: 'crowd', skill: -1.5 + window / 15 + spread })
    else if (kind === 'copy') players.push({ ...name, skill: model.skill, origin: model.submission })
    else players.push({ ...name, skill: model.skill })
  }
  return players
}

function kindOf(chance: number): Kind {
  if (chance < SHARES.copy) return 'copy'
  if (chance < SHARES.copy + SHARES.sybil) return 'sybil'
  return chance < SHARES.copy + SHARES.sybil + SHARES.decoy ? 'decoy' : 'crowd'
}

function duelsOf(players: readonly Agent[], { duels }: PlayedSeason) {
  const skills = new Map(players.map(({ submission, skill }) => [submission, skill]))
  return duels.map(({ draw, ending }) => ({
    won: ending.kind === 'won',
    isBetter: skills.get(draw.challenger!)! > skills.get(draw.against[0]!.submission)!,
  }))
}

/** Shares of all that a season paid. */
function payOf(players: readonly Agent[], { standings }: PlayedSeason) {
  const agents = new Map(players.map(player => [player.submission, player]))
  const paid = new Map<string, number>()
  let burned = 0
  let atTop = 0
  for (const { pay, reigns, window } of standings) {
    burned += pay.burned
    for (const { submission, share, to } of pay.lines)
      if (to.kind === 'uid') paid.set(submission, (paid.get(submission) ?? 0) + share)
    const present = players.filter(one => one.window <= window).map(({ skill }) => skill)
    const above = present.filter(skill => skill > agents.get(reigns.at(-1)!.submission)!.skill).length
    if (above < present.length / 10) atTop++
  }
  const total = standings.length
  const records = new Set(
    players
      .filter(one => players.every(other => other.window >= one.window || other.skill < one.skill))
      .map(({ submission }) => submission),
  )
  const sum = (fits: (one: Agent) => boolean): number =>
    [...paid].reduce((so, [id, share]) => so + (fits(agents.get(id)!) ? share : 0), 0) / total
  return {
    burned: burned / total,
    atTop: atTop / total,
    records: sum(({ kind, submission }) => kind === 'crowd' && records.has(submission)),
    others: sum(({ kind, submission }) => kind === 'crowd' && !records.has(submission)),
    copies: sum(({ kind }) => kind === 'copy'),
    sybils: sum(({ kind }) => kind === 'sybil'),
    decoys: sum(({ kind }) => kind === 'decoy'),
  }
}
