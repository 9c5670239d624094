import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AcceptContext, accept } from '../../../validator/accept.ts'
import { addChainCommits, commit } from '../../../validator/intake/commit.ts'
import { commitHash } from '../../../validator/intake/commit-hash.ts'
import { Envelope } from '../../../validator/intake/envelope.ts'
import { CREDITS, FREE, paidOnChain } from '../../../validator/intake/payment.ts'
import { freshNonce, isSignedByMiner, type Signer, signValue } from '../../../validator/intake/signature.ts'
import { type Blobs, openBlobs } from '../../../validator/store/blobs.ts'
import type { Database } from '../../../validator/store/database.ts'
import {
  bans,
  commits,
  controls,
  credits,
  events,
  nonces,
  payments,
  submissions,
} from '../../../validator/store/schema.ts'
import { freshDatabase } from '../../support/database.ts'
import { envelopeOf, idlePack, intakeOf, NOW, signerNamed } from '../../support/miner.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-accept-'))
let database: Database
let blobs: Blobs
let alice: Signer
let bob: Signer
let stranger: Signer
let context: Awaited<ReturnType<typeof intakeOf>>

beforeAll(async () => {
  database = await freshDatabase()
  blobs = await openBlobs({ kind: 'disk', folder })
  ;[alice, bob, stranger] = (await Promise.all(['alice', 'bob', 'stranger'].map(signerNamed))) as [
    Signer,
    Signer,
    Signer,
  ]
})
beforeEach(async () => {
  for (const table of [submissions, nonces, bans, controls, credits, events, commits, payments])
    await database.db.delete(table)
  context = await intakeOf(database, blobs, [{ hotkey: alice }, { hotkey: bob }])
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  fs.rmSync(folder, { recursive: true, force: true })
})

async function hand(
  miner: Signer,
  word: string,
  change: Partial<Envelope['message']> = {},
  to: AcceptContext = context,
) {
  const bytes = await idlePack(word)
  return await accept(to, { envelope: await envelopeOf(to, miner, bytes, change), bytes })
}

async function storedRows(): Promise<number> {
  const counts = await Promise.all(
    [submissions, nonces, events, commits].map(table => database.db.$count(table)),
  )
  return counts.reduce((sum, one) => sum + one, 0)
}

function countBlobs(): number {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    .length
}

describe('a signed submission', () => {
  test('is stored once, with its bytes, its place and its owner, and handed over', async () => {
    const bytes = await idlePack('first')
    const envelope = await envelopeOf(context, alice, bytes)

    const answer = await accept(context, { envelope, bytes })

    expect(answer).toMatchObject({
      kind: 'accepted',
      isNew: true,
      precedence: { block: 3600, hotkey: alice.address },
    })
    const [row] = await database.db.select().from(submissions)
    expect(row).toMatchObject({
      hotkey: alice.address,
      state: 'queued',
      stage: 'smoke',
      window: 36,
      envelope,
    })
    expect(await blobs.get(row!.digest)).toEqual(bytes)
    expect(context.queued).toEqual([row!.id])
  })

  test('once more is the same submission', async () => {
    const bytes = await idlePack('twice')
    const envelope = await envelopeOf(context, alice, bytes)
    const first = await accept(context, { envelope, bytes })
    const rows = await storedRows()

    const second = await accept(context, { envelope, bytes })

    expect(second).toEqual({ ...first, isNew: false })
    expect(await storedRows()).toBe(rows)
    expect(context.queued).toHaveLength(1)
  })

  test('from many at once keeps one line', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => hand(index % 2 ? alice : bob, `${index}`)),
    )

    const places = answers.map(answer => (answer.kind === 'accepted' ? answer.place : -1))
    expect(Math.max(...places)).toBe(20)
    const indexes = answers.map(answer => (answer.kind === 'accepted' ? answer.precedence.index : -1))
    expect(new Set(indexes).size).toBe(20)
    expect(Math.min(...indexes)).toBeGreaterThan(0)
  })
})

describe('nothing is stored of a submission that', () => {
  test.each([
    { what: 'is no message', code: 'form', status: 400, envelope: 'x' },
    { what: 'is null', code: 'form', status: 400, envelope: null },
  ])('$what', async ({ envelope, code, status }) => {
    await refuses(await accept(context, { envelope, bytes: await idlePack('x') }), code, status)
  })

  test.each([
    { what: 'is too old', change: { expires: NOW.getTime() / 1000 }, code: 'expired', status: 400 },
    {
      what: 'is good for too long',
      change: { expires: NOW.getTime() / 1000 + 901 },
      code: 'expired',
      status: 400,
    },
    { what: 'is for another subnet', change: { netuid: 3 }, code: 'other-validator', status: 400 },
    { what: 'is for another network', change: { network: 'finney' }, code: 'other-validator', status: 400 },
    { what: 'is for other bytes', change: { digest: 'a'.repeat(64) }, code: 'wrong-bytes', status: 400 },
    { what: 'reveals no commit', change: { salt: 'b'.repeat(64) }, code: 'commit', status: 422 },
  ])('$what', async ({ change, code, status }) => {
    await refuses(await hand(alice, 'x', change), code, status)
  })

  test('is for another validator', async () => {
    await refuses(await hand(alice, 'x', { validator: bob.address }), 'other-validator', 400)
  })

  test('is from somebody who is not registered', async () => {
    await refuses(await hand(stranger, 'x'), 'not-registered', 403)
  })

  test('was signed by somebody else', async () => {
    await refuses(await hand(bob, 'x', { miner: alice.address }), 'signature', 401)
  })

  test('uses a nonce again', async () => {
    const nonce = freshNonce()
    await hand(alice, 'first', { nonce })
    const before = { rows: await storedRows(), blobs: countBlobs() }

    expect(await hand(alice, 'second', { nonce })).toMatchObject({
      status: 409,
      reasons: [{ code: 'replayed' }],
    })
    expect({ rows: await storedRows(), blobs: countBlobs() }).toEqual(before)
  })

  test('nonces are forgotten when they have long expired', async () => {
    await hand(alice, 'first')
    const later = { ...context, now: () => new Date(NOW.getTime() + 2 * 3600 * 1000) }
    await hand(alice, 'second', {}, later)

    expect(await database.db.$count(nonces)).toBe(1)
  })

  test('had one bit turned, of what was signed or of the bytes', async () => {
    const bytes = await idlePack('exact')
    const envelope = await envelopeOf(context, alice, bytes)
    const text = Buffer.from(JSON.stringify(envelope))
    const blobsBefore = countBlobs()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(text.length - 1),
        fc.nat(7),
        fc.nat(bytes.length - 1),
        async (at, bit, byte) => {
          const turned = Buffer.from(text)
          turned[at]! ^= 1 << bit
          const other = Buffer.from(bytes)
          other[byte]! ^= 1 << bit

          expect(await accept(context, { envelope, bytes: other })).toMatchObject({ kind: 'refused' })
          let parsed: unknown
          try {
            parsed = JSON.parse(turned.toString('utf8'))
          } catch {
            return
          }
          expect(await accept(context, { envelope: parsed, bytes })).toMatchObject({ kind: 'refused' })
        },
      ),
      { numRuns: 200 },
    )
    expect(await storedRows()).toBe(0)
    expect(countBlobs()).toBe(blobsBefore)
  })

  test('had any bit of its message or signature turned', async () => {
    const envelope = await envelopeOf(context, alice, await idlePack('every bit'))
    const text = Buffer.from(JSON.stringify(envelope))
    const believed: string[] = []
    for (let bit = 0; bit < text.length * 8; bit++) {
      const turned = Buffer.from(text)
      turned[bit >> 3]! ^= 1 << (bit & 7)
      try {
        const parsed = Envelope.safeParse(JSON.parse(turned.toString('utf8')))
        if (parsed.success && (await isSignedByMiner(parsed.data))) believed.push(turned.toString('utf8'))
      } catch {
        // It is no JSON any more.
      }
    }

    expect(await isSignedByMiner(envelope)).toBe(true)
    expect(believed).toEqual([])
  })

  test('is one of somebody else, under another hotkey', async () => {
    const bytes = await idlePack('copied')
    const { message, signature } = await envelopeOf(context, alice, bytes)
    const copy = { message: { ...message, miner: bob.address }, signature }

    await refuses(await accept(context, { envelope: copy, bytes }), 'signature', 401)
  })

  test('was handed in at another validator before', async () => {
    const bytes = await idlePack('elsewhere')
    const envelope = await envelopeOf(context, alice, bytes)
    const other = { ...context, identity: { ...context.identity, validator: bob.address } }

    await refuses(await accept(other, { envelope, bytes }), 'other-validator', 400)
  })

  test('is signed as a commit', async () => {
    const bytes = await idlePack('x')
    const { message } = await envelopeOf(context, alice, bytes)
    const signature = await signValue(alice, { ...message, domain: 'arete/commit/1' })

    await refuses(await accept(context, { envelope: { message, signature }, bytes }), 'signature', 401)
  })

  async function refuses(answer: unknown, code: string, status: number): Promise<void> {
    expect(answer).toMatchObject({ kind: 'refused', status, reasons: [{ code }] })
    expect(await storedRows()).toBe(0)
    expect(context.queued).toEqual([])
  }
})

describe('the rules of the operator', () => {
  test('are told all at once', async () => {
    await database.db.insert(bans).values([
      { key: alice.address, reason: 'copied others', by: 'test' },
      { key: bob.address, reason: 'over by now', by: 'test', until: new Date('2020-01-01') },
    ])
    await database.db.insert(controls).values({ name: 'intake', value: 'paused' })
    const strict = await intakeOf(database, blobs, [{ hotkey: alice }], {
      rules: { rates: { hours: 24, hotkey: 0, coldkey: 0, commits: 0 }, payment: CREDITS },
    })

    const answer = await hand(alice, 'x', {}, strict)

    expect(answer).toMatchObject({ kind: 'refused', status: 503 })
    const codes = answer.kind === 'refused' ? answer.reasons.map(({ code }) => code) : []
    expect(codes).toEqual(['paused', 'banned', 'rate', 'rate', 'unpaid'])
    expect(JSON.stringify(answer)).toContain('copied others')
    expect(await storedRows()).toBe(0)
  })

  test('count a coldkey with all its hotkeys, also when they come at once', async () => {
    const owner = await signerNamed('owner')
    const shared = await intakeOf(
      database,
      blobs,
      [alice, bob].map(hotkey => ({ hotkey, coldkey: owner })),
      {
        rules: { rates: { hours: 24, hotkey: 5, coldkey: 3, commits: 5 }, payment: FREE },
      },
    )

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => hand(index % 2 ? alice : bob, `${index}`, {}, shared)),
    )

    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(3)
    expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({
      status: 429,
      reasons: [{ code: 'rate' }],
    })
  })

  test('take one credit for one submission, and none for a refused one', async () => {
    await database.db.insert(credits).values({ hotkey: alice.address, left: 1 })
    const paying = await intakeOf(database, blobs, [{ hotkey: alice }], {
      rules: { rates: { hours: 24, hotkey: 100, coldkey: 100, commits: 5 }, payment: CREDITS },
    })
    const broken = Buffer.from('not an archive')

    const refused = await accept(paying, { envelope: await envelopeOf(paying, alice, broken), bytes: broken })
    expect(refused).toMatchObject({ status: 422, reasons: [{ code: 'archive-unreadable' }] })
    expect(await hand(alice, 'paid', {}, paying)).toMatchObject({ kind: 'accepted' })
    expect(await hand(alice, 'unpaid', {}, paying)).toMatchObject({
      status: 403,
      reasons: [{ code: 'unpaid' }],
    })
  })
})

describe('a fee', () => {
  test('is paid by an event of the same coldkey, once, or by a credit', async () => {
    const events: Record<string, { coldkey: string; rao: bigint }> = {
      '100-2': { coldkey: alice.address, rao: 500n },
      '101-0': { coldkey: alice.address, rao: 499n },
      '102-0': { coldkey: bob.address, rao: 900n },
    }
    const paying = await intakeOf(database, blobs, [{ hotkey: alice }], {
      rules: { ...context.rules, payment: paidOnChain(500n, async reference => events[reference]) },
    })
    const codes = async (word: string, payment?: string) => {
      const answer = await hand(alice, word, payment === undefined ? {} : { payment }, paying)
      return answer.kind === 'refused' ? answer.reasons.map(({ code }) => code) : []
    }

    expect(await codes('nothing')).toEqual(['unpaid'])
    expect(await codes('unknown', '7-7')).toEqual(['unpaid'])
    expect(await codes('too little', '101-0')).toEqual(['unpaid'])
    expect(await codes('of another', '102-0')).toEqual(['unpaid'])
    expect(await codes('paid', '100-2')).toEqual([])
    expect(await codes('paid before', '100-2')).toEqual(['unpaid'])
    await database.db.insert(credits).values({ hotkey: alice.address, left: 1 })
    expect(await codes('by credit')).toEqual([])
    expect(await codes('by no credit')).toEqual(['unpaid'])
  })
})

describe('a commit', () => {
  const salt = 'c'.repeat(64)

  async function lay(miner: Signer, hash: string, to: AcceptContext = context) {
    const message = {
      domain: 'arete/commit/1',
      ...to.identity,
      miner: miner.address,
      hash,
      nonce: freshNonce(),
      expires: to.now().getTime() / 1000 + 60,
    }
    return await commit(to, { message, signature: await signValue(miner, message) })
  }

  async function digestOf(word: string): Promise<string> {
    return (await envelopeOf(context, alice, await idlePack(word))).message.digest
  }

  test('gives its place to the submission that reveals it, before who copies what was shown', async () => {
    const hash = commitHash(salt, await digestOf('mine'), alice.address)
    const laid = await lay(alice, hash)

    const copy = await hand(bob, 'mine')
    const stolen = await hand(bob, 'mine', { salt })
    const revealed = await hand(alice, 'mine', { salt })

    expect(stolen).toMatchObject({ kind: 'refused', reasons: [{ code: 'commit' }] })
    expect(laid).toMatchObject({ kind: 'committed' })
    const place = (answer: unknown): number => (answer as { precedence: { index: number } }).precedence.index
    expect(place(revealed)).toBe(place(laid))
    expect(place(copy)).toBeGreaterThan(place(revealed))
  })

  test('is for one reveal', async () => {
    await lay(alice, commitHash(salt, await digestOf('once'), alice.address))
    await hand(alice, 'once', { salt })

    expect(await hand(alice, 'once', { salt })).toMatchObject({ reasons: [{ code: 'commit' }] })
  })

  test('counts nothing when it is too old', async () => {
    await lay(alice, commitHash(salt, await digestOf('late'), alice.address))
    const later = new Date(NOW.getTime() + 7201 * 12_000)
    const chain = { ...context.chain, head: async () => ({ number: 3600 + 7201, hash: '0x', time: later }) }

    expect(await hand(alice, 'late', { salt }, { ...context, chain })).toMatchObject({
      reasons: [{ code: 'commit' }],
    })
  })

  test('once more keeps its place, and one that somebody else copied is worth nothing', async () => {
    const digest = await digestOf('ours')
    const hash = commitHash(salt, digest, alice.address)
    const first = await lay(alice, hash)
    const copied = await lay(bob, hash)

    expect(await lay(alice, hash)).toEqual(first)
    expect(copied).toMatchObject({ kind: 'committed', precedence: { hotkey: bob.address } })
    expect(await hand(bob, 'ours', { salt })).toMatchObject({ reasons: [{ code: 'commit' }] })
    expect(await hand(alice, 'ours', { salt })).toMatchObject({
      precedence: (first as { precedence: object }).precedence,
    })
  })

  test('is counted, and asked whether intake is open and its keys are not banned', async () => {
    const strict = { ...context, rules: { ...context.rules, rates: { ...context.rules.rates, commits: 2 } } }
    for (const word of ['a', 'b']) await lay(alice, await digestOf(word), strict)
    await database.db.insert(bans).values({ key: alice.address, reason: 'copied others', by: 'test' })
    await database.db.insert(controls).values({ name: 'intake', value: 'paused: moving house' })

    const answer = await lay(alice, await digestOf('c'), strict)

    expect(answer).toMatchObject({
      status: 503,
      reasons: [
        { code: 'paused', message: expect.stringContaining('moving house') },
        { code: 'banned' },
        { code: 'rate' },
      ],
    })
    expect(await database.db.$count(commits)).toBe(2)
  })

  test('on a chain counts from its block, for the hotkey that laid it down', async () => {
    const hash = commitHash(salt, await digestOf('chain'), alice.address)
    await lay(alice, hash)
    const found = { hash, hotkey: alice.address, block: 3000, index: 7 }
    await database.db.transaction(async tx => await addChainCommits(tx, [found, { ...found, block: 3001 }]))

    expect(await hand(alice, 'chain', { salt })).toMatchObject({
      precedence: { block: 3000, index: 7, hotkey: alice.address },
    })
    await database.db.transaction(async tx => await addChainCommits(tx, [{ ...found, block: 2000 }]))
    expect(await database.db.select().from(commits)).toMatchObject([{ block: 3000 }])
  })

  test('that is not signed by its miner is not stored', async () => {
    const message = {
      ...{ domain: 'arete/commit/1', ...context.identity, miner: alice.address },
      hash: 'd'.repeat(64),
      nonce: freshNonce(),
      expires: NOW.getTime() / 1000 + 60,
    }

    expect(await commit(context, { message, signature: await signValue(bob, message) })).toMatchObject({
      status: 401,
    })
    expect(await commit(context, { nonsense: true })).toMatchObject({ status: 400 })
    expect(await storedRows()).toBe(0)
  })
})
