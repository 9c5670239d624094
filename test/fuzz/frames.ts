import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { encodeFrame, openFrameReader, type Reply } from '../../agent-runtime/wire.ts'
import type { Container, ContainerSpec, Engine } from '../../sandbox/engine.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { anyJson, anyText, bytesOf } from './mutate.ts'
import { must, target } from './target.ts'

const LIMITS = { maxHeaderBytes: 2000, maxBodyBytes: 2000 }

interface BytesCase {
  readonly frames: readonly { readonly header: unknown; readonly body: string }[]
  readonly flips: readonly { readonly at: number; readonly byte: number }[]
  readonly sizes: readonly number[]
}

const flips = fc.array(fc.record({ at: fc.nat(300), byte: fc.nat(255) }), { maxLength: 2 })

/** Frames in pieces of any size come out whole; broken ones end in one of two errors. */
export const frames = target<BytesCase>({
  name: 'frames',
  short: 500,
  cases: fc.record({
    frames: fc.array(fc.record({ header: anyJson, body: anyText }), { maxLength: 4 }),
    flips: fc.oneof(fc.constant([]), flips),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
  }),
  check({ frames: sent, flips: broken, sizes }) {
    const bytes = Buffer.concat(sent.map(({ header, body }) => encodeFrame(header as Reply, bytesOf(body))))
    for (const { at, byte } of broken) if (at < bytes.length) bytes[at] = byte
    const read = openFrameReader(LIMITS)
    const got: { header: unknown; body: string }[] = []
    try {
      for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
        const end = start + sizes[turn % sizes.length]!
        for (const { header, body } of read(bytes.subarray(start, end)))
          got.push({ header, body: body.toString('latin1') })
        start = end
      }
    } catch (error) {
      must(
        error instanceof RangeError || error instanceof SyntaxError,
        'It throws something else',
        String(error),
      )
      return
    }
    if (broken.length > 0) return
    const wanted = sent.map(({ header, body }) => ({ header, body: bytesOf(body).toString('latin1') }))
    must(JSON.stringify(got) === JSON.stringify(wanted), 'Frames are not what they were', got)
  },
})

interface Sent {
  readonly header: unknown
  readonly body: string
}

interface RepliesCase {
  /** What a hostile resident answers to the first command, and to the second. */
  readonly replies: readonly Sent[]
  readonly more: readonly Sent[]
  readonly flips: readonly { readonly at: number; readonly byte: number }[]
}

const id = fc.constantFrom(0, 1, 2, 3, -1, 1.5, '1', null)
const entryOf = fc.record(
  {
    path: fc.oneof(anyText, fc.constantFrom('a', '../a', '/a', '')),
    kind: fc.constantFrom('file', 'symlink', 'directory', 'other', 'pipe'),
    mode: fc.constantFrom(0o644, 0o7777, -1, 1e9),
    size: fc.constantFrom(0, 1, 2, -1, 2 ** 40, 1e300, 0.5),
    target: anyText,
  },
  { requiredKeys: ['path', 'kind', 'mode'] },
)
const header = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('ready', 'done', 'nonsense'), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('failed'), id, message: anyText }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('output'),
      id,
      stream: fc.constantFrom('stdout', 'stderr', 'results', 'x'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('exit'),
      id,
      code: fc.constantFrom(0, 1, null, 1.5),
      signal: fc.constantFrom(null, 'SIGKILL', 'x'.repeat(30)),
      flooded: fc.constantFrom(true, false, 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('tree'),
      id,
      entries: fc.array(entryOf, { maxLength: 3 }),
      removed: fc.array(anyText, { maxLength: 2 }),
      truncated: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: anyJson },
)

const body = fc.constantFrom('', 'x', 'xy', 'xyz')
const sent: fc.Arbitrary<Sent> = fc.record({ header, body })
const output: fc.Arbitrary<Sent> = fc.record({
  header: fc.constant({ kind: 'output', id: 2, stream: 'stdout' }),
  body: fc.constantFrom('x', 'wxyz'),
})

/** A resident that somebody broke: each call ends, with a value that was checked or with the loss of the sandbox. */
export const replies = target<RepliesCase>({
  name: 'sandbox-replies',
  short: 300,
  cases: fc.record({
    replies: fc.oneof(
      fc.array(sent, { maxLength: 4 }),
      fc.constant([{ header: { kind: 'failed', id: 1, message: '' }, body: '' }]),
    ),
    more: fc.array(fc.oneof(sent, output), { maxLength: 6 }),
    flips: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: flips }),
  }),
  async check(one) {
    await settled(async () => {
      const sandbox = await Sandbox.open(engineOf(one), {} as ContainerSpec)
      const tree = await settled(() => sandbox.changes('/', { maxBytes: 10, maxEntries: 10 }))
      if (tree !== undefined) {
        const total = tree.entries.reduce((sum, entry) => sum + entry.size, 0)
        must(total === tree.body.length, 'Sizes and bytes of a tree differ', tree.entries)
        must(
          tree.entries.every(({ path, mode }) => path !== '' && mode >= 0 && mode <= 0o7777),
          'An entry of a tree is odd',
          tree.entries,
        )
      }
      const options = { argv: [], cwd: '/', env: {}, uid: 1, gid: 1, seconds: 5, maxOutputBytes: 4 }
      let received = 0
      const count = (chunk: Buffer): void => {
        received += chunk.length
      }
      await settled(() => sandbox.run({ ...options, onOutput: (_, chunk) => count(chunk) }))
      must(received <= 2 * options.maxOutputBytes, 'More output comes through than allowed', received)
    })
  },
})

async function settled<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SandboxError) return undefined
    throw error
  }
}

/** A container that says it is ready, sends the given frames at the first two commands, and dies soon after either. */
function engineOf({ replies: first, more: second, flips: broken }: RepliesCase): Engine {
  let say: ((stream: 'stdout' | 'stderr', chunk: Buffer) => void) | undefined
  let end = (): void => {}
  const ended = new Promise<void>(resolve => {
    end = resolve
  })
  const stdin = new PassThrough()
  let commands = 0
  stdin.on('data', () => {
    commands += 1
    const answer = bytesFor(commands === 1 ? first : second, broken)
    // No container answers before it was asked to the end.
    setImmediate(() => say?.('stdout', answer))
    setTimeout(end, 2)
  })
  const container: Container = {
    id: 'fake',
    stdin,
    onOutput: listener => {
      say = listener
      setImmediate(() => listener('stdout', encodeFrame({ kind: 'ready' })))
    },
    ended,
    state: async () => ({ running: false, exitCode: 1, outOfMemory: false }),
    kill: async () => end(),
    commit: async () => {},
    writtenBytes: async () => 0,
    changes: async () => [],
    readArchive: async () => undefined,
    writeArchive: async () => {},
    remove: async () => end(),
  }
  return { open: async () => container } as unknown as Engine
}

function bytesFor(all: readonly Sent[], broken: RepliesCase['flips']): Buffer {
  const bytes = Buffer.concat(all.map(one => encodeFrame(one.header as Reply, bytesOf(one.body))))
  for (const { at, byte } of broken) if (at < bytes.length) bytes[at] = byte
  return bytes
}
