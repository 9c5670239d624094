import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Acceptance, type AcceptContext, accept } from '../../validator/accept.ts'
import { commit } from '../../validator/intake/commit.ts'
import type { Envelope } from '../../validator/intake/envelope.ts'
import { freshNonce, type Signer, signValue } from '../../validator/intake/signature.ts'
import { type Blobs, openBlobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import {
  bans,
  commits,
  controls,
  credits,
  events,
  nonces,
  payments,
  submissions,
} from '../../validator/store/schema.ts'
import { freshDatabase } from './database.ts'
import { envelopeOf, idlePack, intakeOf, signerNamed } from './miner.ts'

/** Intake with nothing in it, and three people: two are registered, the stranger is not. */
export interface Intake {
  database: Database
  blobs: Blobs
  alice: Signer
  bob: Signer
  stranger: Signer
  context: Awaited<ReturnType<typeof intakeOf>>
  /** Hands in an agent that is told apart by a word. */
  hand(
    miner: Signer,
    word: string,
    change?: Partial<Envelope['message']>,
    to?: AcceptContext,
  ): Promise<Acceptance>
  /** Lays down a hash. */
  lay(miner: Signer, hash: string, to?: AcceptContext): ReturnType<typeof commit>
  countRows(): Promise<number>
  countBlobs(): number
}

/** One intake per test file, emptied before each of its tests; what it has is there only while tests run. */
export function useIntake(): Intake {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-accept-'))
  const here = {
    async hand(miner, word, change = {}, to = here.context) {
      const bytes = await idlePack(word)
      return await accept(to, { envelope: await envelopeOf(to, miner, bytes, change), bytes })
    },
    async lay(miner, hash, to = here.context) {
      const message = {
        domain: 'arete/commit/1',
        ...to.identity,
        ...{ miner: miner.address, hash, nonce: freshNonce(), expires: to.now().getTime() / 1000 + 60 },
      }
      return await commit(to, { message, signature: await signValue(miner, message) })
    },
    async countRows() {
      const counts = [submissions, nonces, events, commits, payments].map(table =>
        here.database.db.$count(table),
      )
      return (await Promise.all(counts)).reduce((sum, one) => sum + one, 0)
    },
    countBlobs() {
      const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
      return entries.filter(entry => entry.isFile()).length
    },
  } as Intake
  beforeAll(async () => {
    here.database = await freshDatabase()
    here.blobs = await openBlobs({ kind: 'disk', folder })
    for (const name of ['alice', 'bob', 'stranger'] as const) here[name] = await signerNamed(name)
  })
  beforeEach(async () => {
    const { database, blobs, alice, bob } = here
    for (const table of [submissions, nonces, bans, controls, credits, events, commits, payments])
      await database.db.delete(table)
    here.context = await intakeOf(database, blobs, [{ hotkey: alice }, { hotkey: bob }])
  })
  afterAll(async () => {
    await here.database[Symbol.asyncDispose]()
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return here
}
