import colors from 'picocolors'
import { findChain } from '../../chain/find-chain.ts'
import { readSnapshots, takeSnapshot } from '../../chain/snapshots.ts'
import { loadConfig } from '../../config.ts'
import type { SubnetRow } from '../../pages/subnets-data.ts'
import { buildSubnetsPage } from '../../web/find-subnets.ts'
import { UsageError } from '../errors.ts'
import { withRecords } from '../operator/operator.ts'
import { asJson, oneLine, percent } from '../text.ts'

const SORTS: Readonly<Record<string, (row: SubnetRow) => number>> = {
  share: row => -row.emissionShare,
  price: row => -row.price,
  tao: row => -row.tao,
  flow: row => -(row.flows.day ?? Number.NEGATIVE_INFINITY),
  miners: row => -row.miners,
  netuid: row => row.netuid,
}
const NAME = 18

/** `arete subnets`: all markets of the chain as they are now, with what stored snapshots tell of the days before. */
export async function showSubnets({
  sort,
  all,
  json,
}: {
  readonly sort: string
  readonly all?: true
  readonly json?: true
}): Promise<number> {
  const order = Object.hasOwn(SORTS, sort) ? SORTS[sort]! : undefined
  if (order === undefined)
    throw new UsageError(`Cannot sort by "${sort}": one of ${Object.keys(SORTS).join(', ')} is needed`)
  const config = loadConfig(process.env)
  return await withRecords(async ({ database }) => {
    await using chain = findChain(config).chain
    const now = await takeSnapshot({ database, chain })
    const before = (await readSnapshots(database.db)).filter(({ block }) => block < now.block)
    const page = buildSubnetsPage([...before, now])
    if (json) return console.log(asJson(page))
    const rows = page.rows
      .filter(row => all === true || row.emissionShare > 0 || row.isOurs)
      .toSorted((one, other) => order(one) - order(other) || one.netuid - other.netuid)
    const { pools, emission } = page.concentration
    console.log(
      [
        `Block ${now.block}, ${now.time.toISOString()}: ${page.rows.length} subnets, ${page.rows.filter(({ isActive }) => isActive).length} of them alive`,
        `Five largest: ${percent(pools.five)} of pools, ${percent(emission.five)} of emission; Gini ${pools.gini.toFixed(2)} and ${emission.gini.toFixed(2)}`,
        '',
        colors.dim(
          `${'netuid'.padStart(6)}  ${'name'.padEnd(NAME)}  emission     price      pool     alpha  flow/day flow/week    volume  miners  vals  burned  register   regs  tempo`,
        ),
        ...rows.map(renderRow),
        ...(rows.length < page.rows.length
          ? [colors.dim(`${page.rows.length - rows.length} without emission left out; --all shows all`)]
          : []),
      ].join('\n'),
    )
  })
}

function renderRow(row: SubnetRow): string {
  const name = oneLine(row.name, NAME).padEnd(NAME)
  const cells = [
    percent(row.emissionShare).padStart(8),
    row.price.toPrecision(3).padStart(9),
    Math.round(row.tao).toString().padStart(9),
    Math.round(row.alpha).toString().padStart(9),
    flow(row.flows.day),
    flow(row.flows.week),
    Math.round(row.volume).toString().padStart(9),
    row.miners.toString().padStart(7),
    row.validators.toString().padStart(5),
    (row.burned === null ? '–' : percent(row.burned)).padStart(7),
    row.cost.toPrecision(3).padStart(9),
    row.registrations.toString().padStart(6),
    row.tempo.toString().padStart(6),
  ]
  const mark = row.isActive ? '' : colors.dim('  quiet')
  return `${row.netuid.toString().padStart(6)}  ${row.isOurs ? colors.bold(name) : name}  ${cells.join(' ')}${row.isOurs ? '  *' : ''}${mark}`
}

function flow(tao: number | null): string {
  return (tao === null ? '–' : `${tao < 0 ? '-' : '+'}${Math.abs(tao).toFixed(0)}`).padStart(9)
}
