import { z } from 'zod'
import type { Head, Item, Node, Offering } from '../node.ts'
import type { Subnet, SubnetsNow } from '../subnets.ts'
import { U16 } from '../units.ts'
import { own } from './named.ts'
import { Big, fixedOf, Text, Whole } from './values.ts'

const Dynamic = z.object({
  netuid: U16,
  subnetName: Text,
  tokenSymbol: Text,
  tempo: Whole,
  alphaIn: Big,
  alphaOut: Big,
  taoIn: Big,
  taoInEmission: Big,
  subnetVolume: Big,
  networkRegisteredAt: Whole,
})

/** Further values of each subnet, by our names; what a chain does not have is left out. */
const MORE = {
  excess: 'subnetExcessTao',
  burn: 'burn',
  registrations: 'registrationsThisInterval',
  isOpen: 'networkRegistrationAllowed',
  uids: 'subnetworkN',
  permits: 'validatorPermit',
  active: 'active',
  incentive: 'incentive',
  burned: 'minerBurned',
} as const

const More = z.object({
  excess: Big.default(0n),
  burn: Big,
  registrations: Whole,
  isOpen: z.boolean(),
  uids: Whole,
  permits: z.array(z.boolean()),
  active: z.array(z.boolean()),
  incentive: z.array(U16),
  burned: fixedOf(32).optional(),
})

/** All subnets in two requests: what a runtime API tells of their pools, and the storage that it does not. */
export async function readSubnets(node: Node, head: Head): Promise<SubnetsNow> {
  const offers = await node.offers()
  const answer = await node.ask(head.hash, 'subnetInfoRuntimeApi', 'getAllDynamicInfo', [])
  const all = z
    .array(Dynamic.nullable())
    .parse(answer)
    .filter(one => one !== null)
  const now: Item = { pallet: 'timestamp', item: 'now' }
  const names = moreOf(offers)
  const values = await node.read(head.hash, [
    now,
    ...all.flatMap(({ netuid }) => names.map(name => own(MORE[name], netuid))),
  ])
  const read = all.map((one, index) => {
    const from = 1 + index * names.length
    const more = More.parse(Object.fromEntries(names.map((name, place) => [name, values[from + place]])))
    return { ...one, ...more }
  })
  const emitted = (one: (typeof read)[number]): bigint => one.taoInEmission + one.excess
  const total = read.reduce((sum, one) => (one.netuid === 0 ? sum : sum + emitted(one)), 0n)
  return {
    block: head.number,
    time: new Date(Whole.parse(values[0])),
    subnets: read.map(
      (one): Subnet => ({
        ...{ netuid: one.netuid, name: one.subnetName, symbol: one.tokenSymbol },
        ...{ registeredAt: one.networkRegisteredAt, tempo: one.tempo },
        ...{ tao: one.taoIn, alpha: one.alphaIn, alphaOut: one.alphaOut, volume: one.subnetVolume },
        price: one.netuid === 0 ? 1 : one.alphaIn === 0n ? 0 : Number(one.taoIn) / Number(one.alphaIn),
        taoEmission: emitted(one),
        emissionShare: one.netuid === 0 || total === 0n ? 0 : Number(emitted(one)) / Number(total),
        ...{ burn: one.burn, registrations: one.registrations, isOpen: one.isOpen, uids: one.uids },
        validators: one.permits.filter((permit, uid) => permit && one.active[uid]).length,
        miners: one.incentive.filter(value => value > 0).length,
        burned: one.burned,
      }),
    ),
  }
}

function moreOf(offers: Offering): (keyof typeof MORE)[] {
  return (Object.keys(MORE) as (keyof typeof MORE)[]).filter(name =>
    offers.hasItem('subtensorModule', MORE[name]),
  )
}
