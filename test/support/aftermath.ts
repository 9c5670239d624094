import fs from 'node:fs'
import path from 'node:path'
import { asc } from 'drizzle-orm'
import { openDocker } from '../../sandbox/docker.ts'
import { checkChain, checkReceipt, Receipt } from '../../validator/receipts/receipt.ts'
import type { Database } from '../../validator/store/database.ts'
import { attempts, events, receipts } from '../../validator/store/schema.ts'
import type { Arena } from './killing.ts'

/** What is wrong with how results were written down. */
export async function findMistakes({ db }: Database): Promise<string[]> {
  const found = await db.select().from(receipts).orderBy(asc(receipts.sequence))
  const chain = found.map(({ body, sequence, previous, digest, signer, signature }) =>
    Receipt.parse({ body, sequence, previous, digest, signer, signature }),
  )
  const judged = (await db.select().from(events)).flatMap(({ kind, body }) => {
    const { attempt, state } = body as { attempt?: string; state?: string }
    return kind === 'attempt' && state === 'judged' ? [attempt!] : []
  })
  const ids = chain.flatMap(({ body }) => (body.kind === 'verdict' ? [body.attempt] : []))
  const rows = await db.select().from(attempts)
  const decided = rows.filter(({ verdict }) => verdict !== null).map(({ id }) => id)
  return [
    ...(await Promise.all(chain.map(checkReceipt))).flat(),
    ...checkChain(chain),
    ...(chain.length > 0 && chain[0]!.sequence !== 1 ? ['the chain does not begin with its first'] : []),
    ...(new Set(chain.map(({ signer }) => signer)).size === 1 ? [] : ['not everything is signed by one']),
    ...differences('receipts', ids, decided),
    ...differences('events', judged, decided),
  ]
}

function differences(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  return found.toSorted().join() === wanted.toSorted().join()
    ? []
    : [`${what} of verdicts: ${found.toSorted()}; verdicts: ${wanted.toSorted()}`]
}

/** What somebody would still have to do. */
export async function findOpen({ db, pool }: Database): Promise<string[]> {
  const jobs = await pool.query(`select name, state from pgboss.job where state < 'completed'`)
  const rows = await db.select().from(attempts)
  return [
    ...jobs.rows.map(({ name, state }) => `job ${name} ${state}`),
    ...rows
      .filter(({ state, lease }) => lease !== null || !['judged', 'voided', 'skipped'].includes(state))
      .map(({ id, state, lease }) => `attempt ${id} ${state} ${lease}`),
  ]
}

/** All of ours on its engine. */
export async function listThings({ engine }: Pick<Arena, 'engine'>) {
  const docker = openDocker({ kind: 'socket', path: engine.host.replace('unix://', '') }, undefined)
  return await docker.listLabelled('arete.owner')
}

/** What lies about once everybody has gone. */
export async function findLeft({ engine, data, cache, temporary }: Arena): Promise<string[]> {
  const things = await listThings({ engine })
  const all = (folder: string): string[] =>
    fs.existsSync(folder) ? fs.readdirSync(folder).map(name => path.join(folder, name)) : []
  return [
    ...things
      .filter(({ labels }) => labels['arete.owner'] !== 'kept')
      .map(({ kind, labels }) => `${kind} ${JSON.stringify(labels)}`),
    // What tsx keeps of the program.
    ...all(temporary).filter(name => !path.basename(name).startsWith('tsx-')),
    ...all(path.join(cache, 'temporary')),
    ...all(path.join(cache, 'holds')),
    ...all(data).filter(name => /\.\d+$/.test(name)),
  ]
}
