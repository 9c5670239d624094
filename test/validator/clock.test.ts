import { afterEach, expect, test, vi } from 'vitest'
import { accept } from '../../validator/accept.ts'
import { forgetNonces } from '../../validator/intake/nonces.ts'
import { findOpenness } from '../../validator/intake/openness.ts'
import { openHealth } from '../../validator/worker/health.ts'
import { announce, listOffers } from '../../validator/worker/presence.ts'
import { useIntake } from '../support/intake.ts'
import { envelopeOf, idlePack, intakeOf, NOW } from '../support/miner.ts'
import { openSteps } from '../support/steps.ts'
import { workerNamed } from '../support/validator.ts'

const HOUR = 3_600_000
const here = useIntake()
afterEach(() => void vi.useRealTimers())

/** The clock of this process, as far as it is asked for the time; timers go on as they were. */
function setClock(milliseconds: number): void {
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds })
}

test.each([HOUR, -HOUR, 400 * 24 * HOUR])(
  'a lease is lost to nobody, and by nobody, when the clock of a worker jumps by %d ms',
  async jump => {
    await using steps = await openSteps()
    await steps.enter('one')
    await steps.advance('one')
    await announce(steps.database, workerNamed('w1'))
    const claimed = (await steps.take('w1'))!

    setClock(jump)

    expect(await steps.jobs.touch(claimed.job)).toBe(true)
    expect(await steps.take('w2')).toBeUndefined()
    expect((await listOffers(steps.database.db)).map(({ id }) => id)).toEqual(['w1'])
    expect(await steps.judge(claimed, 'solved')).toBe(true)
  },
)

test('a validator whose clock is an hour ahead refuses what it cannot know to be good, and takes it once the clock is right', async () => {
  const bytes = await idlePack('jumps')
  const envelope = await envelopeOf(here.context, here.alice, bytes)
  const at = (milliseconds: number) => ({
    ...here.context,
    now: () => new Date(NOW.getTime() + milliseconds),
  })

  const ahead = await accept(at(HOUR), { envelope, bytes })
  const behind = await accept(at(-HOUR), { envelope, bytes })
  const rows = await here.countRows()
  const right = await accept(here.context, { envelope, bytes })

  expect([ahead, behind]).toMatchObject([
    {
      kind: 'refused',
      reasons: [{ code: 'expired', message: expect.stringContaining('it is 2026-06-01T13:00') }],
    },
    {
      kind: 'refused',
      reasons: [{ code: 'expired', message: expect.stringContaining('it is 2026-06-01T11:00') }],
    },
  ])
  expect(rows).toBe(0)
  expect(right).toMatchObject({ kind: 'accepted', isNew: true })
})

test('what was handed in cannot be played again by setting clocks back, nor a nonce used twice', async () => {
  const bytes = await idlePack('played')
  const envelope = await envelopeOf(here.context, here.alice, bytes)
  const first = await accept(here.context, { envelope, bytes })
  await forgetNonces(here.database.db, false)
  // The nonce is forgotten, for the database thinks that it is long after; and the validator's clock was set back.
  const again = await accept(here.context, { envelope, bytes })

  expect(again).toEqual({ ...first, isNew: false })
})

test("a rate is counted by the database's clock", async () => {
  const strict = await intakeOf(here.database, here.blobs, [{ hotkey: here.alice }], {
    rules: { ...here.context.rules, rates: { hours: 24, hotkey: 1, coldkey: 1, commits: 1 } },
  })
  await here.hand(here.alice, 'first', {}, strict)
  const later = { ...strict, now: () => new Date(NOW.getTime() + 48 * HOUR) }
  setClock(48 * HOUR)

  expect(await here.hand(here.alice, 'second', {}, later)).toMatchObject({
    kind: 'refused',
    reasons: [{ code: 'rate' }, { code: 'rate' }],
  })
})

test('nothing opens because a clock is ahead: a window is over when the chain says so', () => {
  const opening = { window: 36, opens: null }
  const now = { block: 3650, secondsPerBlock: 12 }

  expect(findOpenness(opening, 100, { ...now, time: new Date(NOW.getTime() + 9000 * HOUR) }).kind).toBe(
    'closed',
  )
  expect(findOpenness(opening, 100, { ...now, block: 3700, time: new Date(0) }).kind).toBe('open')
})

test('a worker does not rest for an hour because its clock was set back', async () => {
  const lines: string[] = []
  const health = openHealth({
    ...{ answers: async () => true, signal: AbortSignal.timeout(60_000) },
    say: line => void lines.push(line),
  })
  health.faulted()
  health.faulted()
  setClock(-HOUR)

  await health.recovered()

  expect(lines).toEqual([expect.stringMatching(/^rests for [12] s/)])
})
