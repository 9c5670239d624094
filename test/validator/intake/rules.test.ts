import { describe, expect, test } from 'vitest'
import { accept } from '../../../validator/accept.ts'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { CREDITS, FREE, paidOnChain, paymentOf } from '../../../validator/intake/payment.ts'
import { bans, controls, credits } from '../../../validator/store/schema.ts'
import { useIntake } from '../../support/intake.ts'
import { envelopeOf, intakeOf, signerNamed } from '../../support/miner.ts'

const here = useIntake()

describe('the rules of the operator', () => {
  test('are told all at once', async () => {
    await here.database.db.insert(bans).values([
      { key: here.alice.address, reason: 'copied others', by: 'test' },
      { key: here.bob.address, reason: 'over by now', by: 'test', until: new Date('2020-01-01') },
    ])
    await here.database.db.insert(controls).values({ name: 'intake', value: 'paused' })
    const strict = await intakeOf(here.database, here.blobs, [{ hotkey: here.alice }], {
      rules: { rates: { hours: 24, hotkey: 0, coldkey: 0, commits: 0 }, payment: CREDITS },
    })

    const answer = await here.hand(here.alice, 'x', {}, strict)

    expect(answer).toMatchObject({ kind: 'refused', status: 503 })
    const codes = answer.kind === 'refused' ? answer.reasons.map(({ code }) => code) : []
    expect(codes).toEqual(['paused', 'banned', 'rate', 'rate', 'unpaid'])
    expect(JSON.stringify(answer)).toContain('copied others')
    expect(await here.countRows()).toBe(0)
  })

  test('count a coldkey with all its hotkeys, also when they come at once', async () => {
    const owner = await signerNamed('owner')
    const shared = await intakeOf(
      here.database,
      here.blobs,
      [here.alice, here.bob].map(hotkey => ({ hotkey, coldkey: owner })),
      {
        rules: { rates: { hours: 24, hotkey: 5, coldkey: 3, commits: 5 }, payment: FREE },
      },
    )

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        here.hand(index % 2 ? here.alice : here.bob, `${index}`, {}, shared),
      ),
    )

    expect(answers.filter(({ kind }) => kind === 'accepted')).toHaveLength(3)
    expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({
      status: 429,
      reasons: [{ code: 'rate' }],
    })
  })

  test('take one credit for one submission, and none for a refused one', async () => {
    await here.database.db.insert(credits).values({ hotkey: here.alice.address, left: 1 })
    const paying = await intakeOf(here.database, here.blobs, [{ hotkey: here.alice }], {
      rules: { rates: { hours: 24, hotkey: 100, coldkey: 100, commits: 5 }, payment: CREDITS },
    })
    const broken = Buffer.from('not an archive')

    const refused = await accept(paying, {
      envelope: await envelopeOf(paying, here.alice, broken),
      bytes: broken,
    })
    expect(refused).toMatchObject({ status: 422, reasons: [{ code: 'archive-unreadable' }] })
    expect(await here.hand(here.alice, 'paid', {}, paying)).toMatchObject({ kind: 'accepted' })
    expect(await here.hand(here.alice, 'unpaid', {}, paying)).toMatchObject({
      status: 403,
      reasons: [{ code: 'unpaid' }],
    })
  })
})

describe('a fee', () => {
  test('is paid by an event of the same coldkey, once, or by a credit', async () => {
    const events: Record<string, { netuid: number; coldkey: string; rao: bigint }> = {
      '100-2': { netuid: 2, coldkey: here.alice.address, rao: 500n },
      '101-0': { netuid: 2, coldkey: here.alice.address, rao: 499n },
      '102-0': { netuid: 2, coldkey: here.bob.address, rao: 900n },
      '103-0': { netuid: 3, coldkey: here.alice.address, rao: 900n },
    }
    const paying = await intakeOf(here.database, here.blobs, [{ hotkey: here.alice }], {
      rules: {
        ...here.context.rules,
        payment: paidOnChain({ rao: 500n, netuid: 2 }, async reference => events[reference]),
      },
    })
    const codes = async (word: string, payment?: string) => {
      const answer = await here.hand(here.alice, word, payment === undefined ? {} : { payment }, paying)
      return answer.kind === 'refused' ? answer.reasons.map(({ code }) => code) : []
    }

    expect(await codes('nothing')).toEqual(['unpaid'])
    expect(await codes('unknown', '7-7')).toEqual(['unpaid'])
    expect(await codes('too little', '101-0')).toEqual(['unpaid'])
    expect(await codes('of another', '102-0')).toEqual(['unpaid'])
    expect(await codes('on another subnet', '103-0')).toEqual(['unpaid'])
    expect(await codes('paid', '100-2')).toEqual([])
    expect(await codes('paid before', '100-2')).toEqual(['unpaid'])
    await here.database.db.insert(credits).values({ hotkey: here.alice.address, left: 1 })
    expect(await codes('by credit')).toEqual([])
    expect(await codes('by no credit')).toEqual(['unpaid'])
  })

  test('is asked as the settings say, and looked up on their chain', async () => {
    const chain = openOfflineChain({
      ...{ netuid: 2, start: '2026-06-01T00:00:00Z', seed: 'x' },
      payments: [
        { reference: '100-2', coldkey: here.alice.address, rao: 500 },
        { reference: '4000000000-2', coldkey: here.alice.address, rao: 500 },
      ],
    })
    const codes = async (fee: 'none' | 'credit' | 'chain', payment?: string) => {
      const paying = await intakeOf(here.database, here.blobs, [{ hotkey: here.alice }], {
        rules: { ...here.context.rules, payment: paymentOf({ fee, rao: 500, netuid: 2 }, chain) },
      })
      const change = payment === undefined ? {} : { payment }
      const answer = await here.hand(here.alice, `${fee} ${payment}`, change, paying)
      return answer.kind === 'refused' ? answer.reasons.map(({ code }) => code) : []
    }

    expect(await codes('none')).toEqual([])
    expect(await codes('credit')).toEqual(['unpaid'])
    expect(await codes('chain')).toEqual(['unpaid'])
    expect(await codes('chain', '4000000000-2')).toEqual(['unpaid'])
    expect(await codes('chain', '100-2')).toEqual([])
  })
})
