import { describe, expect, test } from 'vitest'
import { addChainCommits, commit } from '../../../validator/intake/commit.ts'
import { commitHash } from '../../../validator/intake/commit-hash.ts'
import { freshNonce, signValue } from '../../../validator/intake/signature.ts'
import { bans, commits, controls } from '../../../validator/store/schema.ts'
import { useIntake } from '../../support/intake.ts'
import { envelopeOf, idlePack, NOW } from '../../support/miner.ts'

const here = useIntake()

describe('a commit', () => {
  const salt = 'c'.repeat(64)

  async function digestOf(word: string): Promise<string> {
    return (await envelopeOf(here.context, here.alice, await idlePack(word))).message.digest
  }

  test('gives its place to the submission that reveals it, before who copies what was shown', async () => {
    const hash = commitHash(salt, await digestOf('mine'), here.alice.address)
    const laid = await here.lay(here.alice, hash)

    const copy = await here.hand(here.bob, 'mine')
    const stolen = await here.hand(here.bob, 'mine', { salt })
    const revealed = await here.hand(here.alice, 'mine', { salt })

    expect(stolen).toMatchObject({ kind: 'refused', reasons: [{ code: 'commit' }] })
    expect(laid).toMatchObject({ kind: 'committed' })
    const place = (answer: unknown): number => (answer as { precedence: { index: number } }).precedence.index
    expect(place(revealed)).toBe(place(laid))
    expect(place(copy)).toBeGreaterThan(place(revealed))
  })

  test('is for one reveal', async () => {
    await here.lay(here.alice, commitHash(salt, await digestOf('once'), here.alice.address))
    await here.hand(here.alice, 'once', { salt })

    expect(await here.hand(here.alice, 'once', { salt })).toMatchObject({ reasons: [{ code: 'commit' }] })
  })

  test('stays open when the submission that reveals it is refused', async () => {
    const laid = await here.lay(here.alice, commitHash(salt, await digestOf('later'), here.alice.address))
    await here.database.db.insert(controls).values({ name: 'intake', value: 'paused' })

    expect(await here.hand(here.alice, 'later', { salt })).toMatchObject({ status: 503 })
    await here.database.db.delete(controls)
    expect(await here.hand(here.alice, 'later', { salt })).toMatchObject({
      precedence: (laid as { precedence: object }).precedence,
    })
  })

  test('counts nothing when it is too old', async () => {
    await here.lay(here.alice, commitHash(salt, await digestOf('late'), here.alice.address))
    const later = new Date(NOW.getTime() + 7201 * 12_000)
    const chain = {
      ...here.context.chain,
      head: async () => ({ number: 3600 + 7201, hash: '0x', time: later }),
    }

    expect(await here.hand(here.alice, 'late', { salt }, { ...here.context, chain })).toMatchObject({
      reasons: [{ code: 'commit' }],
    })
  })

  test('once more keeps its place, and one that somebody else copied is worth nothing', async () => {
    const digest = await digestOf('ours')
    const hash = commitHash(salt, digest, here.alice.address)
    const first = await here.lay(here.alice, hash)
    const copied = await here.lay(here.bob, hash)

    expect(await here.lay(here.alice, hash)).toEqual(first)
    expect(copied).toMatchObject({ kind: 'committed', precedence: { hotkey: here.bob.address } })
    expect(await here.hand(here.bob, 'ours', { salt })).toMatchObject({ reasons: [{ code: 'commit' }] })
    expect(await here.hand(here.alice, 'ours', { salt })).toMatchObject({
      precedence: (first as { precedence: object }).precedence,
    })
  })

  test('is counted, and asked whether intake is open and its keys are not banned', async () => {
    const strict = {
      ...here.context,
      rules: { ...here.context.rules, rates: { ...here.context.rules.rates, commits: 2 } },
    }
    for (const word of ['a', 'b']) await here.lay(here.alice, await digestOf(word), strict)
    await here.database.db
      .insert(bans)
      .values({ key: here.alice.address, reason: 'copied others', by: 'test' })
    await here.database.db.insert(controls).values({ name: 'intake', value: 'paused: moving house' })

    const answer = await here.lay(here.alice, await digestOf('c'), strict)

    expect(answer).toMatchObject({
      status: 503,
      reasons: [
        { code: 'paused', message: expect.stringContaining('moving house') },
        { code: 'banned' },
        { code: 'rate' },
      ],
    })
    expect(await here.database.db.$count(commits)).toBe(2)
  })

  test('on a chain counts from its block, for the hotkey that laid it down', async () => {
    const hash = commitHash(salt, await digestOf('chain'), here.alice.address)
    await here.lay(here.alice, hash)
    const found = { hash, hotkey: here.alice.address, block: 3000, index: 7 }
    await here.database.db.transaction(
      async tx => await addChainCommits(tx, [found, { ...found, block: 3001 }]),
    )

    expect(await here.hand(here.alice, 'chain', { salt })).toMatchObject({
      precedence: { block: 3000, index: 7, hotkey: here.alice.address },
    })
    await here.database.db.transaction(async tx => await addChainCommits(tx, [{ ...found, block: 2000 }]))
    expect(await here.database.db.select().from(commits)).toMatchObject([{ block: 3000 }])
  })

  test('that is not signed by its miner is not stored', async () => {
    const message = {
      ...{ domain: 'arete/commit/1', ...here.context.identity, miner: here.alice.address },
      hash: 'd'.repeat(64),
      nonce: freshNonce(),
      expires: NOW.getTime() / 1000 + 60,
    }

    expect(
      await commit(here.context, { message, signature: await signValue(here.bob, message) }),
    ).toMatchObject({
      status: 401,
    })
    expect(await commit(here.context, { nonsense: true })).toMatchObject({ status: 400 })
    expect(await here.countRows()).toBe(0)
  })
})
