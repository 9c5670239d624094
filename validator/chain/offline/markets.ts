import type { Subnet } from '../subnets.ts'
import { TAO } from '../units.ts'
import type { OfflineChain } from './definition.ts'
import type { OfflineState } from './state.ts'

/** What all pools together get with a block, in rao. */
const BLOCK_EMISSION = TAO

/** Our subnet, and the markets beside it that the definition names, in the order of their netuids. */
export function buildSubnets(
  { block, places }: OfflineState,
  { netuid, rules, markets }: OfflineChain,
): Subnet[] {
  const members = [...places.values()]
  const ours: OfflineChain['markets'][number] = {
    ...{ netuid, name: 'ours', symbol: 'α', tao: 10_000, alpha: 100_000, flow: 0, emissionShare: 0 },
    miners: members.filter(({ last }) => last.incentive > 0).length,
    validators: members.filter(({ isValidator }) => isValidator).length,
  }
  const named = markets.some(market => market.netuid === netuid)
  return [...(named ? [] : [ours]), ...markets]
    .sort((one, other) => one.netuid - other.netuid)
    .map(market => buildMarket(market, block, rules.tempo))
}

/** What flows into a pool takes alpha out of it, so that the product of both stays. */
function buildMarket(market: OfflineChain['markets'][number], block: number, tempo: number): Subnet {
  const tao = Math.max(1, market.tao + market.flow * block)
  const alpha = (market.tao * market.alpha) / tao
  const rao = (whole: number): bigint => BigInt(Math.round(whole * TAO))
  const { netuid, name, symbol, emissionShare, miners, validators, burned } = market
  return {
    ...{ netuid, name, symbol, registeredAt: 0, tempo },
    ...{ tao: rao(tao), alpha: rao(alpha), alphaOut: rao(market.alpha), price: tao / alpha },
    volume: rao(Math.abs(market.flow) * block),
    taoEmission: BigInt(Math.round(emissionShare * BLOCK_EMISSION)),
    ...{ emissionShare, burn: rao(1), registrations: 0, isOpen: true },
    ...{ uids: miners + validators, validators, miners, burned },
  }
}
