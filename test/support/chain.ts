import { QUICKNET } from '../../validator/chain/timelock.ts'
import type { Offers, WeightRules, WeightState } from '../../validator/chain/weight-state.ts'

interface About extends Partial<Omit<WeightState, 'own' | 'rules' | 'offers'>> {
  readonly own?: Partial<NonNullable<WeightState['own']>> | undefined
  readonly rules?: Partial<WeightRules>
  readonly offers?: Partial<Offers>
}

/** A subnet on which all is well; whoever wants it otherwise says in what. */
export function weightState(asked: About = {}): WeightState {
  const { own, rules, offers, ...about } = asked
  const time = Date.parse('2026-06-01T00:00:00Z') / 1000
  return {
    ...{ netuid: 3, mechanism: 0, mechanisms: 1, block: 1000, time, secondsPerBlock: 12, uids: 64 },
    rules: {
      ...{ commitReveal: false, commitVersion: 4, revealPeriods: 1, rateLimit: 0, minAllowed: 1 },
      ...{ maxWeight: 65_535, versionKey: 0n, stakeThreshold: 0n },
      ...rules,
    },
    offers: { plain: true, hash: true, timelocked: 'with-hotkey', ...offers },
    schedule: {
      ...{
        kind: 'counted',
        block: 1000,
        tempo: 360,
        epoch: 3,
        lastEpoch: 900,
        pendingAt: 0,
        sinceLastStep: 100,
      },
    },
    beacon: { ...QUICKNET, newest: Math.floor((time - QUICKNET.genesis) / QUICKNET.period) - 2 },
    ...about,
    own:
      'own' in asked && own === undefined
        ? undefined
        : { uid: 5, isValidator: true, isOwner: false, lastUpdate: 0, stake: 10n ** 12n, ...own },
  }
}
