import { expect, test } from 'vitest'
import type { ModelProvider, Reply } from '../../../sandbox/gateway/provider.ts'
import { BrokenStream } from '../../../sandbox/gateway/provider.ts'
import { type Route, relay } from '../../../sandbox/gateway/relay.ts'

const ASK = { endpoint: 'chat', body: { messages: [] }, stream: true, answerBytes: 1000 } as const
const WHOLE: Reply = { kind: 'whole', body: { id: 'x' } }
const BUSY: Reply = { kind: 'failed', how: 'busy', message: 'busy' }
const DENIED: Reply = { kind: 'failed', how: 'denied', message: 'no credit' }

test('what passes is tried again, after random parts of times that double', async () => {
  const { routes, asked } = providers({ one: [BUSY, BUSY, WHOLE] })
  const waits: number[] = []

  const relayed = await relay(routes, ASK, options({ waits, random: () => 0.5 }))

  expect(relayed).toMatchObject({ kind: 'answered', reply: WHOLE, route: { model: 'one-model' } })
  expect(relayed.misses).toHaveLength(2)
  expect(asked).toEqual(['one', 'one', 'one'])
  expect(waits).toEqual([125, 250])
})

test('a provider that says when to come again is waited for', async () => {
  const { routes } = providers({ one: [{ ...BUSY, retryAfter: 2 } as Reply, WHOLE] })
  const waits: number[] = []

  await relay(routes, ASK, options({ waits, random: () => 1 }))

  expect(waits).toEqual([2250])
})

test('the next provider is asked when one has failed three times, denies, or says to come much later', async () => {
  const later = { ...BUSY, retryAfter: 60 } as Reply
  const { routes, asked } = providers({
    one: [BUSY, BUSY, BUSY],
    two: [DENIED],
    three: [later],
    four: [WHOLE],
  })

  const relayed = await relay(routes, ASK, options())

  expect(asked).toEqual(['one', 'one', 'one', 'two', 'three', 'four'])
  expect(relayed).toMatchObject({ kind: 'answered', route: { model: 'four-model' } })
  expect(relayed.misses.map(({ provider, how }) => `${provider} ${how}`)).toEqual([
    'one busy',
    'one busy',
    'one busy',
    'two denied',
    'three busy',
  ])
})

test('a call that is at fault is not asked again', async () => {
  const { routes, asked } = providers({
    one: [{ kind: 'refused', status: 422, message: 'odd' }],
    two: [WHOLE],
  })

  const relayed = await relay(routes, ASK, options())

  expect(relayed).toMatchObject({
    kind: 'missed',
    refused: { status: 422, message: 'The provider refused the call: odd' },
  })
  expect(asked).toEqual(['one'])
})

test('a provider that takes no seed is asked once more without it, and may be busy then', async () => {
  const odd: Reply = { kind: 'refused', status: 400, message: 'seed is not supported' }
  const { routes, bodies } = providers({ one: [odd, BUSY, BUSY, BUSY] })
  const { routes: stubborn, asked } = providers({ one: [odd, odd, WHOLE] })
  const seeded = { ...ASK, body: { messages: [], seed: 7 } }

  const busy = await relay(routes, seeded, options())
  const refused = await relay(stubborn, seeded, options())

  expect(bodies.map(body => body.seed)).toEqual([7, undefined, undefined, undefined])
  expect(busy).toMatchObject({ kind: 'missed', refused: { status: 429 } })
  expect(refused).toMatchObject({ kind: 'missed', refused: { status: 400 }, misses: [{ how: 'seed' }] })
  expect(asked).toHaveLength(2)
})

test.each([
  { replies: [BUSY, BUSY, BUSY], refused: { status: 429, retryAfter: 5 } },
  { replies: [DENIED], refused: { status: 502 } },
  { replies: [stream(), stream(), stream()], refused: { status: 502 } },
])(
  'when nobody answers, the agent learns that it may ask again, and not why',
  async ({ replies, refused }) => {
    const { routes } = providers({ one: replies })

    const relayed = await relay(routes, ASK, options())

    expect(relayed).toMatchObject({ kind: 'missed', refused })
    expect(JSON.stringify('refused' in relayed && relayed.refused)).not.toContain('credit')
  },
)

test('a stream that breaks before its first event is tried again', async () => {
  const error = stream('{"error":{"message":"overloaded"}}')
  const { routes, asked } = providers({ one: [breaking(), error, stream('{"a":1}', '{"a":2}')] })

  const relayed = await relay(routes, ASK, options())

  expect(asked).toHaveLength(3)
  expect(relayed.misses.map(miss => miss.message)).toEqual(['cut', 'one: overloaded'])
  expect(await textOf(relayed)).toEqual(['{"a":1}', '{"a":2}'])
})

test('a stream that breaks after its first event is not', async () => {
  const { routes, asked } = providers({ one: [breaking('{"a":1}')], two: [WHOLE] })

  const relayed = await relay(routes, ASK, options())

  await expect(textOf(relayed)).rejects.toBeInstanceOf(BrokenStream)
  expect(asked).toEqual(['one'])
})

test('a provider that is silent is given up, and the next one asked', async () => {
  const { routes } = providers({ one: ['silent'], two: [WHOLE] })

  const relayed = await relay(routes, ASK, { ...options(), firstByteSeconds: 0.05, tries: 1 })

  expect(relayed).toMatchObject({
    kind: 'answered',
    misses: [{ provider: 'one', how: 'silent', message: 'one did not answer within 0.05 s' }],
  })
})

test('the signal ends everything', async () => {
  const { routes } = providers({ one: ['silent'] })
  const abort = new AbortController()

  const relayed = relay(routes, ASK, { ...options(), signal: abort.signal })
  abort.abort(new Error('enough'))

  await expect(relayed).rejects.toThrow('enough')
})

function providers(replies: Readonly<Record<string, readonly (Reply | 'silent')[]>>) {
  const asked: string[] = []
  const bodies: Readonly<Record<string, unknown>>[] = []
  const routes = Object.entries(replies).map(([name, list]): Route => {
    let count = 0
    const provider: ModelProvider = {
      name,
      list: async () => [],
      ask: ({ body }, signal) => {
        asked.push(name)
        bodies.push(body)
        const reply = list[Math.min(count++, list.length - 1)]!
        if (reply !== 'silent') return Promise.resolve(reply)
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        )
      },
    }
    return { provider, model: `${name}-model`, price: { input: 1, output: 1 } }
  })
  return { routes, asked, bodies }
}

function options({ waits = [], random = () => 0 }: { waits?: number[]; random?: () => number } = {}) {
  return {
    signal: new AbortController().signal,
    firstByteSeconds: 10,
    random,
    wait: async (milliseconds: number) => void waits.push(milliseconds),
  }
}

function stream(...events: string[]): Reply {
  return {
    kind: 'stream',
    events: (async function* () {
      yield* events
    })(),
  }
}

function breaking(...events: string[]): Reply {
  return {
    kind: 'stream',
    events: (async function* () {
      yield* events
      throw new BrokenStream('cut')
    })(),
  }
}

async function textOf(relayed: Awaited<ReturnType<typeof relay>>): Promise<string[]> {
  const events: string[] = []
  if (relayed.kind === 'answered' && relayed.reply.kind === 'stream')
    for await (const data of relayed.reply.events) events.push(data)
  return events
}
