import { desc, isNotNull } from 'drizzle-orm'
import colors from 'picocolors'
import { findChain } from '../../chain/find-chain.ts'
import { findNewestSettlement } from '../../chain/newest-settlement.ts'
import { type Scenario, type Simulation, simulate } from '../../chain/simulate.ts'
import { TAO, WHOLE } from '../../chain/units.ts'
import type { Weights } from '../../chain/weights.ts'
import { loadConfig } from '../../config.ts'
import type { Drizzle } from '../../store/database.ts'
import { receipts } from '../../store/schema.ts'
import { UsageError } from '../errors.ts'
import { withRecords } from '../operator/operator.ts'
import { asJson, percent } from '../text.ts'

/** `arete weights show`: what the chain has of this validator's hotkey. */
export async function showWeights({ json }: { readonly json?: true }): Promise<number> {
  const config = loadConfig(process.env)
  return await withRecords(async ({ database: { db } }) => {
    const hotkey = await findSigner(db)
    await using chain = findChain(config).chain
    const found =
      hotkey === undefined ? undefined : await chain.weights(config.netuid, hotkey, config.mechanism)
    if (json) console.log(asJson({ hotkey: hotkey ?? null, ...(found ?? { block: null, weights: [] }) }))
    else if (found === undefined) console.log('No weights were set yet')
    else
      console.log(
        [
          `Set by ${hotkey} on subnet ${config.netuid} in block ${found.block}`,
          ...found.weights.map(
            ([uid, weight]) => `${String(uid).padStart(5)}  ${String(weight).padStart(5)}`,
          ),
        ].join('\n'),
      )
  })
}

interface SimulateOptions {
  readonly weights?: string
  readonly hotkey?: string
  readonly all?: true
  readonly json?: true
}

/** `arete weights simulate`: what the next epoch would make of weights, beside what other validators have set. */
export async function simulateWeights({
  weights: text,
  hotkey: asked,
  all,
  json,
}: SimulateOptions): Promise<number> {
  const config = loadConfig(process.env)
  return await withRecords(async ({ database: { db } }) => {
    const hotkey = asked ?? (await findSigner(db))
    const weights =
      text === undefined ? (await findNewestSettlement(db))?.standings.pay.weights : parseRow(text)
    if (weights === undefined)
      throw new UsageError('No window is settled yet: give weights with --weights, such as 0=52428,3=13107')
    await using chain = findChain(config).chain
    const [input, metagraph] = [
      await chain.epochInput(config.netuid, config.mechanism),
      await chain.metagraph(config.netuid),
    ]
    const member = metagraph?.members.find(one => one.hotkey === hotkey)
    if (input === undefined || metagraph === undefined)
      throw new UsageError(`There is no subnet ${config.netuid} on this chain`)
    if (member === undefined)
      throw new UsageError(
        `${hotkey ?? 'Nobody'} is not registered on subnet ${config.netuid}: name a validator with --hotkey`,
      )
    const emission = metagraph.members.reduce((sum, one) => sum + one.emission, 0n)
    const { uid } = member
    const simulation = simulate(input, { uid, weights, emission })
    if (json) {
      const about = {
        block: metagraph.block,
        netuid: config.netuid,
        hotkey,
        uid,
        emission: emission.toString(),
      }
      const uids = simulation.uids.map(one => ({ ...one, pay: asText(one.pay) }))
      return console.log(asJson({ ...about, trust: simulation.trust, uids }))
    }
    console.log(render(simulation, { block: metagraph.block, uid, emission, all: all === true }))
  })
}

const COLUMNS: Readonly<Record<Scenario, string>> = {
  now: 'now',
  planned: 'planned',
  agreed: 'all agree',
  alone: 'alone',
}
const NAMES = Object.keys(COLUMNS) as Scenario[]

function render(
  { uids, trust }: Simulation,
  { block, uid: own, emission, all }: { block: number; uid: number; emission: bigint; all: boolean },
): string {
  const shown = uids.filter(({ weight, pay }) => all || weight > 0 || NAMES.some(name => pay[name] > 0n))
  const head = (title: string): string => title.padStart(10)
  const table = (title: string, value: (one: (typeof uids)[number], name: Scenario) => string): string[] => [
    '',
    colors.bold(title),
    colors.dim(
      `${'uid'.padStart(5)}  ${'weight'.padStart(8)} ${NAMES.map(name => head(COLUMNS[name])).join('')}`,
    ),
    ...shown.map(
      one =>
        `${String(one.uid).padStart(5)}  ${percent(one.weight).padStart(8)} ${NAMES.map(name => value(one, name).padStart(10)).join('')}`,
    ),
  ]
  return [
    `The next epoch after block ${block}, if it pays ${alpha(emission)} alpha as the last one did; weights of uid ${own}`,
    `Others' stake goes along with ${percent(trust.planned)} of them (${percent(trust.now)} of those set now)`,
    ...table('Incentive', (one, name) => percent(one.incentive[name])),
    ...table('Dividends', (one, name) => percent(one.dividends[name])),
    ...table('Pay, in alpha', (one, name) => alpha(one.pay[name])),
    '',
    colors.dim(
      'planned: with these weights. all agree: if every validator set them. alone: if no other had stake.',
    ),
  ].join('\n')
}

/** `0=52428,3=13107` */
function parseRow(text: string): Weights {
  const row = text.split(',').map(pair => {
    const match = /^\s*(\d{1,5})\s*=\s*(\d{1,5})\s*$/.exec(pair)
    const [uid, weight] = [Number(match?.[1]), Number(match?.[2])]
    if (match === null || uid > WHOLE || weight > WHOLE)
      throw new UsageError(
        `Cannot read "${pair}" of --weights: <uid>=<weight> is needed, each up to ${WHOLE}`,
      )
    return [uid, weight] as const
  })
  return row.toSorted(([one], [other]) => one - other)
}

/** The hotkey that signed last. */
async function findSigner(db: Drizzle): Promise<string | undefined> {
  const [signed] = await db
    .select({ signer: receipts.signer })
    .from(receipts)
    .where(isNotNull(receipts.sequence))
    .orderBy(desc(receipts.sequence))
    .limit(1)
  return signed?.signer ?? undefined
}

function asText(pay: Readonly<Record<Scenario, bigint>>): Record<string, string> {
  return Object.fromEntries(NAMES.map(name => [name, pay[name].toString()]))
}

function alpha(rao: bigint): string {
  return (Number(rao) / TAO).toFixed(3)
}
