import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accept } from '../../../validator/accept.ts'
import { Envelope } from '../../../validator/intake/envelope.ts'
import { comparePrecedence } from '../../../validator/intake/precedence.ts'
import { freshNonce, isSignedByMiner, signValue } from '../../../validator/intake/signature.ts'
import { submissions } from '../../../validator/store/schema.ts'
import { useIntake } from '../../support/intake.ts'
import { envelopeOf, idlePack, NOW } from '../../support/miner.ts'

const here = useIntake()

describe('a signed submission', () => {
  test('is stored once, with its bytes, its place and its owner, and handed over', async () => {
    const bytes = await idlePack('first')
    const envelope = await envelopeOf(here.context, here.alice, bytes)

    const answer = await accept(here.context, { envelope, bytes })

    expect(answer).toMatchObject({
      kind: 'accepted',
      isNew: true,
      precedence: { block: 3600, hotkey: here.alice.address },
    })
    const [row] = await here.database.db.select().from(submissions)
    expect(row).toMatchObject({
      hotkey: here.alice.address,
      state: 'queued',
      stage: 'smoke',
      window: 36,
      envelope,
    })
    expect(await here.blobs.get(row!.digest)).toEqual(bytes)
    expect(here.context.queued).toEqual([row!.id])
  })

  test('once more is the same submission', async () => {
    const bytes = await idlePack('twice')
    const envelope = await envelopeOf(here.context, here.alice, bytes)
    const first = await accept(here.context, { envelope, bytes })
    const rows = await here.countRows()

    const second = await accept(here.context, { envelope, bytes })

    expect(second).toEqual({ ...first, isNew: false })
    expect(await here.countRows()).toBe(rows)
    expect(here.context.queued).toHaveLength(1)
  })

  test('from many at once keeps one line, and each can ask for its place again', async () => {
    const { alice, bob, context } = here
    const handed = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const bytes = await idlePack(`${index}`)
        return { envelope: await envelopeOf(context, index % 2 ? alice : bob, bytes), bytes }
      }),
    )
    await Promise.all(handed.map(one => accept(context, one)))
    const answers = await Promise.all(handed.map(one => accept(context, one)))

    const accepted = answers.filter(answer => answer.kind === 'accepted')
    expect(accepted.map(({ isNew }) => isNew)).toEqual(Array(20).fill(false))
    const inLine = accepted.toSorted((one, other) => comparePrecedence(one.precedence, other.precedence))
    expect(inLine.map(({ place }) => place)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  })
})

describe('nothing is stored of a submission that', () => {
  test.each([
    { what: 'is no message', code: 'form', status: 400, envelope: 'x' },
    { what: 'is null', code: 'form', status: 400, envelope: null },
  ])('$what', async ({ envelope, code, status }) => {
    await refuses(await accept(here.context, { envelope, bytes: await idlePack('x') }), code, status)
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
    await refuses(await here.hand(here.alice, 'x', change), code, status)
  })

  test('is for another validator', async () => {
    await refuses(await here.hand(here.alice, 'x', { validator: here.bob.address }), 'other-validator', 400)
  })

  test('is from somebody who is not registered', async () => {
    await refuses(await here.hand(here.stranger, 'x'), 'not-registered', 403)
  })

  test('was signed by somebody else', async () => {
    await refuses(await here.hand(here.bob, 'x', { miner: here.alice.address }), 'signature', 401)
  })

  test('uses a nonce again', async () => {
    const nonce = freshNonce()
    await here.hand(here.alice, 'first', { nonce })
    const before = { rows: await here.countRows(), blobs: here.countBlobs() }

    expect(await here.hand(here.alice, 'second', { nonce })).toMatchObject({
      status: 409,
      reasons: [{ code: 'replayed' }],
    })
    expect({ rows: await here.countRows(), blobs: here.countBlobs() }).toEqual(before)
  })

  test('had one bit turned, of what was signed or of the bytes', async () => {
    const bytes = await idlePack('exact')
    const envelope = await envelopeOf(here.context, here.alice, bytes)
    const text = Buffer.from(JSON.stringify(envelope))
    const blobsBefore = here.countBlobs()
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

          expect(await accept(here.context, { envelope, bytes: other })).toMatchObject({ kind: 'refused' })
          let parsed: unknown
          try {
            parsed = JSON.parse(turned.toString('utf8'))
          } catch {
            return
          }
          expect(await accept(here.context, { envelope: parsed, bytes })).toMatchObject({ kind: 'refused' })
        },
      ),
      { numRuns: 200 },
    )
    expect(await here.countRows()).toBe(0)
    expect(here.countBlobs()).toBe(blobsBefore)
  })

  test('had any bit of its message or signature turned', async () => {
    const envelope = await envelopeOf(here.context, here.alice, await idlePack('every bit'))
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
    const { message, signature } = await envelopeOf(here.context, here.alice, bytes)
    const copy = { message: { ...message, miner: here.bob.address }, signature }

    await refuses(await accept(here.context, { envelope: copy, bytes }), 'signature', 401)
  })

  test('was handed in at another validator before', async () => {
    const bytes = await idlePack('elsewhere')
    const envelope = await envelopeOf(here.context, here.alice, bytes)
    const other = { ...here.context, identity: { ...here.context.identity, validator: here.bob.address } }

    await refuses(await accept(other, { envelope, bytes }), 'other-validator', 400)
  })

  test('is signed as a commit', async () => {
    const bytes = await idlePack('x')
    const { message } = await envelopeOf(here.context, here.alice, bytes)
    const signature = await signValue(here.alice, { ...message, domain: 'arete/commit/1' })

    await refuses(await accept(here.context, { envelope: { message, signature }, bytes }), 'signature', 401)
  })

  async function refuses(answer: unknown, code: string, status: number): Promise<void> {
    expect(answer).toMatchObject({ kind: 'refused', status, reasons: [{ code }] })
    expect(await here.countRows()).toBe(0)
    expect(here.context.queued).toEqual([])
  }
})
