import { createHash } from 'node:crypto'
import autocannon from 'autocannon'
import type { AcceptContext } from '../../validator/accept.ts'
import { notarise } from '../../validator/receipts/notary.ts'
import type { Blobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { envelopeOf, idlePack, NOW, signerNamed } from '../support/miner.ts'
import { layVerdict } from '../support/verdicts.ts'
import { buildLine, type Line } from './measure.ts'

/** What a busy validator is asked within an hour. */
const HOUR = {
  /** Half of them are refused: signed by somebody else. */
  submissions: 3600,
  boards: 36_000,
  /** How one submission stands. */
  standings: 7200,
  /** Pages of 50 receipts. */
  receipts: 3000,
  events: 3600,
  listeners: 100,
}
/** Times at which memory is looked at, evenly over the hour. */
const POINTS = 10
const RECEIPTS = 50

export interface Target {
  readonly url: string
  readonly database: Database
  readonly miners: number
  /** What the process holds once its garbage is collected. */
  readonly memory: () => Promise<{ readonly heapUsed: number; readonly rss: number }>
  /** So many listeners hear all of so many events. */
  readonly hear: (listeners: number, events: number) => Promise<unknown>
}

/**
 * An hour's worth of traffic as fast as it goes, and what the process's memory does meanwhile: a line through ten points, without the
 * first, before which everything is done for the first time.
 *
 * @param share - of an hour
 */
export async function measureHour(target: Target, share: number): Promise<Line[]> {
  const { url, database } = target
  const part = (amount: number): number => Math.ceil((amount * share) / POINTS)
  const after = await layReceipts(database)
  const { network, netuid, validator } = (await (
    await fetch(`${url}/v1/info`)
  ).json()) as AcceptContext['identity']
  const context = { identity: { network, netuid, validator }, now: () => NOW } as AcceptContext
  const points: { heapUsed: number; rss: number }[] = []
  for (let point = 0; point < POINTS; point++) {
    const id = await handIn(url, context, target.miners, { point, count: part(HOUR.submissions) })
    await read(`${url}/v1/board`, part(HOUR.boards))
    await read(`${url}/v1/submissions/${id}`, part(HOUR.standings))
    await read(`${url}/v1/receipts?after=${after}&limit=${RECEIPTS}`, part(HOUR.receipts))
    await target.hear(HOUR.listeners, part(HOUR.events))
    points.push(await target.memory())
  }
  const megabytes = (kind: 'heapUsed' | 'rss'): number[] => points.slice(1).map(one => one[kind] / 2 ** 20)
  const [heap, rss] = [megabytes('heapUsed'), megabytes('rss')]
  return [
    buildLine('service.hour.heap', heap.at(-1)!, 'MB', heap[0]!),
    buildLine('service.hour.heap-slope', slopeOf(heap) * POINTS, 'MB'),
    buildLine('service.hour.resident', rss.at(-1)!, 'MB', rss[0]!),
    buildLine('service.hour.resident-slope', slopeOf(rss) * POINTS, 'MB'),
  ]
}

/** Least squares: what a value gains from one point to the next. */
function slopeOf(values: readonly number[]): number {
  const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length
  const [middle, level] = [(values.length - 1) / 2, mean(values)]
  const weights = values.map((_, index) => index - middle)
  return (
    values.reduce((sum, value, index) => sum + weights[index]! * (value - level), 0) /
    weights.reduce((sum, weight) => sum + weight ** 2, 0)
  )
}

/** Receipts that can be read and checked, behind all that are there. @returns the sequence before them */
async function layReceipts(database: Database): Promise<number> {
  const { rows } = await database.pool.query('select coalesce(max(sequence), 0)::int as last from receipts')
  const blobs = {
    put: async (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex'),
  } as Blobs
  for (let number = 0; number < RECEIPTS; number++)
    await layVerdict(database, blobs, { submission: 'agent-0', name: `hour ${number}`, window: 0 })
  await notarise(database, await signerNamed('validator'))
  return rows[0].last
}

/** @returns the id of one that was taken */
async function handIn(
  url: string,
  context: AcceptContext,
  miners: number,
  { point, count }: { readonly point: number; readonly count: number },
): Promise<string> {
  let id = ''
  for (let number = 0; number < Math.max(2, count); number++) {
    const isForged = number % 2 === 1
    const body = await idlePack(`hour ${point} ${number}`)
    const envelope = await envelopeOf(context, await signerNamed(`miner ${number % miners}`), body)
    const signature = isForged ? '0'.repeat(128) : envelope.signature
    const header = Buffer.from(JSON.stringify({ ...envelope, signature })).toString('base64url')
    const answer = await fetch(`${url}/v1/submissions`, {
      ...{ method: 'POST', headers: { 'arete-envelope': header }, body: new Uint8Array(body) },
    })
    if (answer.status !== (isForged ? 401 : 201))
      throw new Error(`A submission was answered with ${answer.status}`)
    const told = (await answer.json()) as { id: string }
    if (!isForged) id = told.id
  }
  return id
}

async function read(url: string, amount: number): Promise<void> {
  const result = await autocannon({ url, connections: Math.min(10, amount), amount })
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers were refusals, ${result.errors} failed`)
}
