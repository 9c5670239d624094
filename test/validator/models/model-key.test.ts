import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../../sandbox/digest.ts'
import { newSeal, sealKey } from '../../../sandbox/gateway/sealed-key.ts'
import { accept } from '../../../validator/accept.ts'
import { forgetKeys } from '../../../validator/models/forget-keys.ts'
import { type Blobs, openBlobs } from '../../../validator/store/blobs.ts'
import type { Database } from '../../../validator/store/database.ts'
import { listReferenced } from '../../../validator/store/referenced.ts'
import { freshDatabase } from '../../support/database.ts'
import { envelopeOf, idlePack, intakeOf, signerNamed } from '../../support/miner.ts'
import { temporaryFolder } from '../../support/surroundings.ts'

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
    what: 'no sealed one, such as an archive of somebody else',
    signed: sha256('an archive'),
    sent: Buffer.from('an archive'),
    takes: true,
    says: 'not in the format of age',
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

test('a key whose bytes are those of something else takes nothing away when it is forgotten', async () => {
  const [ann, eve] = [await signerNamed('ann'), await signerNamed('eve')]
  const intake = await intakeOf(database, blobs, [{ hotkey: ann }, { hotkey: eve }], {
    modelRecipient: seal.recipient,
  })
  const archive = await idlePack('of ann')
  expect(
    (await accept(intake, { envelope: await envelopeOf(intake, ann, archive), bytes: archive })).kind,
  ).toBe('accepted')
  const bytes = await idlePack('of eve')
  const envelope = await envelopeOf(intake, eve, bytes, { modelKey: sha256(sealed) })
  expect((await accept(intake, { envelope, bytes, modelKey: sealed })).kind).toBe('accepted')
  // As if it had been taken before anybody looked at what a key is.
  await database.pool.query(
    `update submissions set state = 'failed', changed = now(),
       envelope = jsonb_set(envelope, '{message,modelKey}', to_jsonb($1::text)) where hotkey = $2`,
    [sha256(archive), eve.address],
  )

  await forgetKeys({ database, blobs })

  expect(await blobs.has(sha256(archive))).toBe(true)
})
