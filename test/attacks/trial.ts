import type { Engine } from '../../sandbox/engine.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Slot } from '../../sandbox/slot.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { type Attack, NAIVE, type Naive } from './attack.ts'
import { judgeByLines } from './naive/lines.ts'
import { judgeInSharedContainer } from './naive/shared.ts'
import { judgeByArete, type OurAnswer } from './ours.ts'

/** What came of one attack. */
export interface Trial {
  readonly attack: Attack
  /** The naive verifiers that took it for a solution. */
  readonly fooled: readonly Naive[]
  readonly ours: OurAnswer
  /** Where this differs from what the attack declares, in words. */
  readonly mistakes: readonly string[]
}

/** Prepares the tasks that are attacked, each once. */
export function openTargets(engine: Engine, run: string): (folder: string) => Promise<PreparedTask> {
  const prepared = new Map<string, Promise<PreparedTask>>()
  return folder => {
    const known = prepared.get(folder)
    if (known !== undefined) return known
    const fresh = prepareTask(engine, loadHarborTask(folder, {}), { run, say: () => {} })
    prepared.set(folder, fresh)
    return fresh
  }
}

/**
 * Lets naive verifiers and Arête judge one attack.
 *
 * @param job.naive - which of them; whoever is not asked is neither fooled nor missed
 */
export async function tryAttack(
  slot: Slot,
  job: { attack: Attack; prepared: PreparedTask; run: string; naive?: readonly Naive[] },
): Promise<Trial> {
  const { attack, prepared, run, naive = NAIVE } = job
  const { payload } = attack
  const fooled: Naive[] = []
  for (const one of naive) if (await JUDGES[one](slot, { prepared, payload })) fooled.push(one)
  const ours = await judgeByArete(slot, { prepared, payload, run })
  return { attack, fooled, ours, mistakes: findMistakes(attack, naive, { fooled, ours }) }
}

const JUDGES = { shared: judgeInSharedContainer, lines: judgeByLines } satisfies Record<Naive, unknown>

function findMistakes(
  attack: Attack,
  asked: readonly Naive[],
  { fooled, ours }: { fooled: readonly Naive[]; ours: OurAnswer },
): string[] {
  const mistakes: string[] = []
  if (ours.verdict === 'solved') mistakes.push('Arête scored it')
  else if (ours.verdict === 'none') mistakes.push(`Arête took it for its own failure: ${ours.detail}`)
  else if (!attack.reasons.includes(ours.reason))
    mistakes.push(`the reason is ${ours.reason}, expected ${attack.reasons.join(' or ')}`)
  if (attack.fools === undefined) return mistakes
  for (const naive of asked) {
    if (attack.fools.includes(naive) && !fooled.includes(naive)) mistakes.push(`"${naive}" is not fooled`)
    if (!attack.fools.includes(naive) && fooled.includes(naive)) mistakes.push(`"${naive}" is fooled, too`)
  }
  return mistakes
}
