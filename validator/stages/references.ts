import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { and, eq, sql } from 'drizzle-orm'
import { AgentError } from '../../sandbox/agent.ts'
import type { AcceptContext } from '../accept.ts'
import { packAgent, packFiles, unpackAgent } from '../intake/pack.ts'
import { digestValue } from '../intake/signature.ts'
import { ARRIVED } from '../queue/submission.ts'
import { tell } from '../store/events.ts'
import { submissions } from '../store/schema.ts'

export type ReferenceSource =
  /** Does nothing at all. */
  { readonly kind: 'nop' } | { readonly kind: 'folder'; readonly folder: string }

export interface Entered {
  readonly id: string
  readonly agent: string
  readonly digest: string
}

const LOCK = 0x61726566

/** What a name in the settings means: `nop`, an agent of the bundled folder, or else a path. */
export function sourceOf(name: string, bundled: string): ReferenceSource {
  if (name === 'nop') return { kind: 'nop' }
  const own = path.join(bundled, name)
  const isBundled = /^[a-z0-9-]+$/.test(name) && fs.existsSync(path.join(own, 'agent.json'))
  return { kind: 'folder', folder: isBundled ? own : path.resolve(name) }
}

/**
 * Enters the operator's reference agents as submissions, each version of their code once, before every miner's. They belong to the
 * validator: no fee, no rate, no signature of a miner, and nobody is paid for them.
 *
 * @returns those that are new
 * @throws AgentError if one of them cannot be packed
 */
export async function enterReferences(
  context: Pick<AcceptContext, 'database' | 'blobs' | 'chain' | 'windowBlocks' | 'onStored'> & {
    /** The validator's. */
    readonly hotkey: string
  },
  sources: readonly ReferenceSource[],
): Promise<Entered[]> {
  const entered: Entered[] = []
  for (const [index, source] of sources.entries()) {
    const bytes = await packReference(source)
    const one = await enter(context, bytes, index)
    if (one === undefined) continue
    context.onStored(one.id)
    entered.push(one)
  }
  return entered
}

async function enter(
  { database, blobs, chain, windowBlocks, hotkey }: Parameters<typeof enterReferences>[0],
  bytes: Buffer,
  index: number,
): Promise<Entered | undefined> {
  const unpacked = await unpackAgent(bytes)
  if ('reasons' in unpacked) throw new TypeError('A packed agent cannot be unpacked')
  const { manifest } = unpacked
  const digest = createHash('sha256').update(bytes).digest('hex')
  const envelope = { domain: 'arete/reference/1', validator: hotkey, digest }
  const id = digestValue(envelope).slice(0, 24)
  const { number: head } = await chain.head()
  return await database.db.transaction(async tx => {
    await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
    // Under whatever key this validator was then: the same code is not entered twice.
    const known = and(eq(submissions.role, 'reference'), eq(submissions.digest, digest))
    if ((await tx.$count(submissions, known)) > 0) return undefined
    const { rowCount } = await tx
      .insert(submissions)
      .values({
        ...{ id, role: 'reference', hotkey, coldkey: hotkey, cluster: `reference ${digest}`, digest },
        ...{ manifest, envelope, block: 0, index, window: Math.floor(head / windowBlocks) },
        ...ARRIVED,
      })
      .onConflictDoNothing()
    if (rowCount === 0) return undefined
    await blobs.put(bytes)
    await tell(tx, { kind: 'accepted', submission: id, body: { agent: manifest.name } })
    return { id, agent: manifest.name, digest }
  })
}

async function packReference(source: ReferenceSource): Promise<Buffer> {
  switch (source.kind) {
    case 'nop':
      return await packFiles(NOP)
    case 'folder':
      if (!fs.existsSync(source.folder))
        throw new AgentError(source.folder, ['there is no such folder; see "references" in arete.toml'])
      return await packAgent(source.folder)
  }
}

const NOP = [
  {
    path: 'agent.json',
    executable: false,
    content: Buffer.from(
      `${JSON.stringify({ name: 'nop', version: '1', language: 'command', entry: 'nop.sh' })}\n`,
    ),
  },
  { path: 'nop.sh', executable: true, content: Buffer.from('#!/bin/sh\nexit 0\n') },
]
