import { z } from 'zod'
import { Address } from '../chain/address.ts'
import { sayIssue } from './affine.ts'
import { Finite, optional, Text } from './form.ts'
import { entryOf, type MirrorBoard, MOST_ENTRIES } from './mirror.ts'

const NETUID = 62

const Agent = z.object({
  name: optional(Text),
  agent_name: optional(Text),
  agent_id: optional(Text),
  version_num: optional(z.int().min(0)),
  hotkey: optional(Address),
  miner_hotkey: optional(Address),
  final_score: optional(Finite),
  score: optional(Finite),
  cost: optional(Finite),
  average_cost_usd: optional(Finite),
  status: optional(Text),
})
type Agent = z.infer<typeof Agent>

const Agents = z.array(Agent).max(MOST_ENTRIES)
/** `/retrieval/top-agents`, or a leaderboard of `/evaluation-sets/{id}/leaderboard`. */
const Board = z.union([
  Agents,
  z.object({ agents: Agents }).transform(({ agents }) => agents),
  z.object({ leaderboard: Agents }).transform(({ leaderboard }) => leaderboard),
  z.object({ entries: Agents }).transform(({ entries }) => entries),
])
/** `/scoring/weights`. */
const Weights = z.record(Address, Finite.min(0)).refine(map => Object.keys(map).length <= MOST_ENTRIES)

/** Reads a list of agents, in its own order, or the map of hotkeys to weights, the largest first. */
export function parseRidges(value: unknown): MirrorBoard | { readonly mistakes: readonly string[] } {
  const weights = Weights.safeParse(value)
  if (weights.success && Object.keys(weights.data).length > 0) return boardOfWeights(weights.data)
  const parsed = Board.safeParse(value)
  if (!parsed.success) return { mistakes: parsed.error.issues.slice(0, 20).map(sayIssue) }
  return {
    netuid: NETUID,
    block: null,
    entries: parsed.data.map((agent, index) =>
      entryOf({
        rank: index + 1,
        name: nameOf(agent, index + 1),
        hotkey: agent.miner_hotkey ?? agent.hotkey,
        score: agent.final_score ?? agent.score,
        cost: agent.average_cost_usd ?? agent.cost,
        status: agent.status,
      }),
    ),
  }
}

function nameOf({ name, agent_name, agent_id, version_num }: Agent, rank: number): string {
  const own = name ?? agent_name ?? agent_id ?? `agent ${rank}`
  return version_num === null ? own : `${own} ${version_num}`
}

function boardOfWeights(weights: Readonly<Record<string, number>>): MirrorBoard {
  const sorted = Object.entries(weights).toSorted(
    ([one, more], [other, less]) => less - more || (one < other ? -1 : 1),
  )
  return {
    netuid: NETUID,
    block: null,
    entries: sorted.map(([hotkey, weight], index) =>
      entryOf({ rank: index + 1, name: hotkey, hotkey, weight }),
    ),
  }
}
