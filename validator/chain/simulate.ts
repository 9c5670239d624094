import { WHOLE } from './units.ts'
import type { Weights } from './weights.ts'
import { type EpochInput, type EpochOutput, payOut, raiseRow, runEpoch } from './yuma/epoch.ts'

/** What a plan would do to one uid in the next epoch. Shares are from 0 to 1, pay in rao of alpha. */
export interface SimulatedUid {
  readonly uid: number
  /** Of the plan, as a share. */
  readonly weight: number
  readonly incentive: Outcomes
  readonly dividends: Outcomes
  readonly pay: Readonly<Record<Scenario, bigint>>
}

/** `now`: as it stands. `planned`: with our row. `agreed`: if every validator set the same row. `alone`: if no other validator's row counted. */
export type Scenario = 'now' | 'planned' | 'agreed' | 'alone'
type Outcomes = Readonly<Record<Scenario, number>>

export interface Simulation {
  readonly uids: readonly SimulatedUid[]
  /** Part of our row that the others' stake goes along with: what is left after clipping. */
  readonly trust: Readonly<Record<Scenario, number>>
}

/**
 * What the next epoch would make of weights, beside the weights that others have set.
 *
 * @param input - the subnet as it stands before that epoch
 * @param own - who sets them; a validator with stake, else they count nothing
 * @param emission - what the epoch pays to miners and validators, in rao
 */
export function simulate(
  input: EpochInput,
  {
    uid: own,
    weights,
    emission,
  }: { readonly uid: number; readonly weights: Weights; readonly emission: bigint },
): Simulation {
  const raised = raiseRow(weights.map(([, weight]) => weight))
  const row = weights.map(([uid], index) => [uid, raised[index]!] as const)
  // Set in the block before, by whoever sets it.
  const fresh = (isSetter: (uid: number) => boolean): readonly number[] =>
    input.lastUpdate.map((block, uid) => (isSetter(uid) ? input.block - 1 : block))
  const isOwn = (uid: number): boolean => uid === own
  const isVoter = (uid: number): boolean => input.permits[uid] === true || isOwn(uid)
  const withRow = (isSetter: (uid: number) => boolean, others: boolean): EpochInput => ({
    ...input,
    lastUpdate: fresh(isSetter),
    weights: input.weights.map((cells, uid) => (isSetter(uid) ? row : others ? cells : [])),
  })
  const outputs: Readonly<Record<Scenario, EpochOutput>> = {
    now: runEpoch(input),
    planned: runEpoch(withRow(isOwn, true)),
    agreed: runEpoch(withRow(isVoter, true)),
    alone: runEpoch({
      ...withRow(isOwn, false),
      stake: input.stake.map((amount, uid) => (isOwn(uid) || !isVoter(uid) ? amount : 0n)),
    }),
  }
  const each = <T>(value: (output: EpochOutput) => T): Record<Scenario, T> => ({
    now: value(outputs.now),
    planned: value(outputs.planned),
    agreed: value(outputs.agreed),
    alone: value(outputs.alone),
  })
  const pays = each(output => payOut(output, emission))
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0)
  const shares = new Map(weights.map(([uid, weight]) => [uid, total === 0 ? 0 : weight / total]))
  return {
    trust: each(({ validatorTrust }) => (validatorTrust[own] ?? 0) / WHOLE),
    uids: input.stake.map((_, uid) => ({
      ...{ uid, weight: shares.get(uid) ?? 0 },
      incentive: each(output => output.incentive[uid]! / WHOLE),
      dividends: each(output => output.dividends[uid]! / WHOLE),
      pay: {
        now: sumOf(pays.now[uid]!),
        planned: sumOf(pays.planned[uid]!),
        agreed: sumOf(pays.agreed[uid]!),
        alone: sumOf(pays.alone[uid]!),
      },
    })),
  }
}

function sumOf({ miner, validator }: { readonly miner: bigint; readonly validator: bigint }): bigint {
  return miner + validator
}
