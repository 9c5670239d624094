import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../sandbox/digest.ts'
import { newSeal, sealKey } from '../../sandbox/gateway/sealed-key.ts'
import { accept } from '../../validator/accept.ts'
import { type Blobs, openBlobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { listReferenced } from '../../validator/store/referenced.ts'
import { freshDatabase } from '../support/database.ts'
import { envelopeOf, idlePack, intakeOf, signerNamed } from '../support/miner.ts'
import { temporaryFolder } from '../support/surroundings.ts'

let database: Database
let blobs: Blobs
const seal = await newSeal()
const sealed = await sealKey(seal.recipient, { kind: 'chutes', key: 'cpk_secret' })

beforeAll(async () => {
  database = await freshDatabase()
  blobs = await openBlobs({ kind: 'disk', folder: temporaryFolder() })
})
afterAll(() => database[Symbol.asyncDispose]())

test.each([
  {
    what: 'not sent',
    signed: sha256(sealed),
    sent: undefined,
    takes: true,
    says: 'speaks of a key for language models that is not there',
  },
  {
    what: 'not signed for',
    signed: undefined,
    sent: sealed,
    takes: true,
    says: 'is not in the signed message',
  },
  {
    what: 'another one',
    signed: sha256('x'),
    sent: sealed,
    takes: true,
    says: 'another sealed key than was signed for',
  },
  {
    what: 'too large',
    signed: sha256('x'),
    sent: Buffer.alloc(3000),
    takes: true,
    says: 'has 3000 bytes; 2048 may be',
  },
  { what: 'not taken here', signed: sha256(sealed), sent: sealed, takes: false, says: 'takes no keys' },
])('a key that is $what is refused', async ({ signed, sent, takes, says }) => {
  const miner = await signerNamed('ann')
  const change = takes ? { modelRecipient: seal.recipient } : {}
  const intake = await intakeOf(database, blobs, [{ hotkey: miner }], change)
  const bytes = await idlePack(says)
  const envelope = await envelopeOf(intake, miner, bytes, signed === undefined ? {} : { modelKey: signed })

  const answer = await accept(intake, { envelope, bytes, modelKey: sent })

  expect(answer).toMatchObject({
    kind: 'refused',
    status: 422,
    reasons: [{ code: 'model-key', message: expect.stringContaining(says) }],
  })
})

test('the sealed key of a submission is needed as long as that is not decided', async () => {
  const miner = await signerNamed('bob')
  const intake = await intakeOf(database, blobs, [{ hotkey: miner }], { modelRecipient: seal.recipient })
  const bytes = await idlePack('with a key')
  const envelope = await envelopeOf(intake, miner, bytes, { modelKey: sha256(sealed) })

  const answer = await accept(intake, { envelope, bytes, modelKey: sealed })

  expect(answer.kind).toBe('accepted')
  const needed = async () =>
    (await listReferenced(database.pool)).some(({ digest }) => digest === sha256(sealed))
  expect(await needed()).toBe(true)
  expect(await blobs.has(sha256(sealed))).toBe(true)
  await database.pool.query("update submissions set state = 'passed'")
  expect(await needed()).toBe(false)
})
