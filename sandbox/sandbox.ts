import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { OutletCommand, OutletReply } from '../agent-runtime/outlet.ts'
import { type Command, type Entry, encodeFrame, type Frame, openFrameReader } from '../agent-runtime/wire.ts'
import { watchDisk } from './disk.ts'
import type { Container, ContainerSpec, Engine, Labels } from './engine.ts'
import { SandboxError } from './errors.ts'
import { type Doorkeeper, OutletSide } from './outlet.ts'
import type { MachineChange } from './tools.ts'

/** Files and links by path, with the bytes of the files one after the other. */
export interface Files {
  readonly entries: readonly Entry[]
  readonly body: Uint8Array
}

export interface Changes extends Files {
  readonly removed: readonly string[]
  readonly truncated: boolean
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

export interface RunOptions extends Owner {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin?: Uint8Array
  readonly seconds: number
  readonly maxOutputBytes: number
  readonly onOutput?: (stream: 'stdout' | 'stderr' | 'results', chunk: Buffer) => void
  /** What else runs goes on when this one ends. */
  readonly beside?: true
}

/** How a program in a sandbox ended. Whatever it started has ended too. */
export type Ending =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'flooded' }
  /** The container itself has gone: it was killed from inside or for want of memory. */
  | { readonly kind: 'lost' }

/** How long the resident may take to obey before its container is killed. */
const OBEY_SECONDS = 10
/** How long it may take to read or write files. */
const ANSWER_SECONDS = 300
/** Node fires a timer at once whose milliseconds do not fit into 31 bits. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Ports of servers that are reached by their names without a proxy. */
const TRANSPARENT_PORTS = [80, 443]
const MAX_HEADER_BYTES = 64 * 2 ** 20
const MAX_BODY_BYTES = 512 * 2 ** 20

/**
 * One container with our resident in it. It serves one attempt, once. What comes back from it is data of the agent or of
 * the tested code: sizes and shapes are checked here, meaning by whoever asked.
 */
export class Sandbox implements AsyncDisposable {
  readonly #container: Container
  /** How much may be added to the image; undefined if it cannot be written at all. */
  readonly #diskBytes: number | undefined
  readonly #pending = new Map<number, (reply: Frame<Reply> | undefined) => void>()
  readonly #outputs = new Map<number, NonNullable<RunOptions['onOutput']>>()
  #outlet: OutletSide | undefined
  #lastId = 0
  #lost = false
  #removal: Promise<void> | undefined

  private constructor(container: Container, diskBytes: number | undefined) {
    this.#container = container
    this.#diskBytes = diskBytes
  }

  /** Starts a container and waits until its resident answers. */
  static async open(engine: Engine, spec: ContainerSpec): Promise<Sandbox> {
    const container = await engine.open(spec)
    const sandbox = new Sandbox(container, spec.readOnlyRoot ? undefined : spec.fileBytes)
    try {
      await sandbox.#listen()
      return sandbox
    } catch (error) {
      await sandbox[Symbol.asyncDispose]()
      throw error
    }
  }

  get id(): string {
    return this.#container.id
  }

  /** Puts files below `root`. In a container where nothing untrusted has run yet. */
  async put(root: string, files: Files, owner: Owner, remove: readonly string[] = []): Promise<void> {
    const { entries, body } = files
    await this.#ask({ kind: 'put', id: 0, root, ...owner, entries, remove }, body)
  }

  async remember(root: string): Promise<void> {
    await this.#ask({ kind: 'remember', id: 0, root })
  }

  async changes(root: string, caps: { maxBytes: number; maxEntries: number }): Promise<Changes> {
    return treeOf(await this.#ask({ kind: 'changes', id: 0, root, ...caps }))
  }

  async read(paths: readonly string[], caps: { maxBytes: number; maxEntries: number }): Promise<Changes> {
    return treeOf(await this.#ask({ kind: 'read', id: 0, paths, ...caps }))
  }

  /** Runs a program until it ends or its time is over; afterwards nothing it started is alive. */
  async run(options: RunOptions): Promise<Ending> {
    const { argv, cwd, env, uid, gid, maxOutputBytes } = options
    let timedOut = false
    let received = 0
    const command: Asking = {
      ...{ kind: 'run', id: 0, argv, cwd, env, uid, gid, maxOutputBytes },
      ...(options.beside ? { besideSeconds: options.seconds } : {}),
    }
    const { id, reply } = this.#send(command, options.stdin)
    this.#outputs.set(id, (stream, chunk) => {
      received += chunk.length
      if (received > 2 * maxOutputBytes) void this.#container.kill()
      else options.onOutput?.(stream, chunk)
    })
    const deadline = setTimeout(
      () => {
        timedOut = true
        void this.#stop()
      },
      // The resident ends what runs beside others, and only if it does not the rest is ended, too.
      Math.min((options.seconds + (options.beside ? OBEY_SECONDS : 0)) * 1000, LONGEST_TIMER),
    )
    const ended = new AbortController()
    const overfull = watchDisk(this.#container, this.#diskBytes, ended.signal)
    try {
      const answer = await reply
      ended.abort()
      if (await overfull) return { kind: 'signalled', signal: 'SIGXFSZ' }
      if (timedOut) return { kind: 'timed-out' }
      if (answer === undefined) return { kind: 'lost' }
      if (answer.header.kind !== 'exit') {
        // Root in there can forge any answer; whoever runs the program knows whether it was root.
        await this.#container.kill()
        return { kind: 'lost' }
      }
      if (answer.header.flooded) return { kind: 'flooded' }
      return answer.header.signal === null
        ? { kind: 'exited', code: answer.header.code ?? 0 }
        : { kind: 'signalled', signal: answer.header.signal }
    } finally {
      ended.abort()
      clearTimeout(deadline)
      this.#outputs.delete(id)
    }
  }

  /** Starts a program of the machine itself, which runs until a program that is not beside others has ended. */
  async start(options: Pick<RunOptions, 'argv' | 'cwd' | 'env' | 'uid' | 'gid'>): Promise<void> {
    const { argv, cwd, env, uid, gid } = options
    await this.#ask({ kind: 'start', id: 0, argv, cwd, env, uid, gid })
  }

  /**
   * Lets programs in here reach what a doorkeeper lets through, and nothing else: by ports of their own loopback, and with
   * `names` also by names that the doorkeeper answers for.
   */
  async openOutlet(
    door: Doorkeeper,
    { ports, names }: { ports: readonly number[]; names: boolean },
  ): Promise<void> {
    const listen = (some: readonly number[], answers: boolean): Promise<unknown> =>
      this.#ask({ kind: 'listen', id: 0, ports: some, names: answers })
    this.#outlet = new OutletSide(
      door,
      (command, body) => {
        if (!this.#lost) this.#container.stdin.write(encodeFrame(command, body))
      },
      // A program of the task may have these ports already; then that program's they are.
      () => void listen(TRANSPARENT_PORTS, false).catch(() => {}),
    )
    await listen(ports, names)
  }

  /** Ends what `openOutlet` began, without waiting for it: of a sandbox that is not needed any more. */
  closeOutlet(): void {
    if (this.#outlet === undefined || this.#lost) return
    this.#outlet.end()
    this.#outlet = undefined
    void this.#send({ kind: 'unlisten', id: 0 }).reply
  }

  get lost(): boolean {
    return this.#lost
  }

  /**
   * Stops the container dead and tells whether the kernel ended something in it for want of memory: the engine's word,
   * which it has only once the container has ended.
   */
  async ranOutOfMemory(): Promise<boolean> {
    await this.#container.kill()
    await this.#container.ended
    return (await this.#container.state()).outOfMemory
  }

  /** Stops the container dead and says what of its file system differs from its image. */
  async machineChanges(): Promise<MachineChange[]> {
    await this.#container.kill()
    await this.#container.ended
    return await this.#container.changes()
  }

  /** A file or folder of the dead machine as a tar. */
  readArchive(path: string): Promise<Readable | undefined> {
    return this.#container.readArchive(path)
  }

  writeArchive(path: string, tar: Readable): Promise<void> {
    return this.#container.writeArchive(path, tar)
  }

  /** Keeps the file system of the dead machine as an image. */
  async freeze(tag: string, labels: Labels): Promise<void> {
    await this.#container.kill()
    await this.#container.commit(tag, labels)
  }

  /** Kills and removes the container. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#removal ??= this.#container.remove()
    return this.#removal
  }

  async #listen(): Promise<void> {
    const read = openFrameReader({ maxHeaderBytes: MAX_HEADER_BYTES, maxBodyBytes: MAX_BODY_BYTES })
    const stderr: Buffer[] = []
    const ready = this.#expect(0)
    this.#container.onOutput((stream, chunk) => {
      if (stream === 'stderr') {
        if (stderr.length < 100) stderr.push(chunk)
        return
      }
      try {
        for (const frame of read(chunk)) this.#receive(frame)
      } catch {
        // Only something inside that broke out of its user could send this: the container is not to be believed.
        void this.#container.kill()
      }
    })
    void this.#container.ended.then(() => {
      this.#lost = true
      this.#outlet?.end()
      for (const settle of this.#pending.values()) settle(undefined)
    })
    const timer = setTimeout(() => void this.#container.kill(), 60_000)
    const answer = await ready
    clearTimeout(timer)
    if (answer?.header.kind !== 'ready') {
      const said = Buffer.concat(stderr).toString().trim().slice(0, 500)
      throw await this.lossOf(`Cannot start the resident of a sandbox: ${said || 'the container ended'}`)
    }
  }

  /** Our failure, since the sandbox is gone, with how its container ended. */
  async lossOf(message: string): Promise<SandboxError> {
    const state = await this.#container.state().catch(() => undefined)
    const container =
      state === undefined || state.running
        ? undefined
        : { exitCode: state.exitCode, outOfMemory: state.outOfMemory }
    return new SandboxError('sandbox-lost', message, { container })
  }

  #receive(frame: Frame<unknown>): void {
    const header = Reply.parse(frame.header)
    if (header.kind === 'output') this.#outputs.get(header.id)?.(header.stream, frame.body)
    else if (isOfOutlet(header)) this.#outlet?.receive(header, frame.body)
    else {
      const id = 'id' in header ? header.id : 0
      this.#pending.get(id)?.({ header, body: frame.body })
    }
  }

  async #ask(command: Asking, body?: Uint8Array): Promise<Frame<Reply>> {
    // A resident that was stopped never answers.
    const timer = setTimeout(() => void this.#container.kill(), ANSWER_SECONDS * 1000)
    const answer = await this.#send(command, body).reply.finally(() => clearTimeout(timer))
    if (answer === undefined)
      throw await this.lossOf(`Cannot carry out "${command.kind}" in a sandbox: it has ended`)
    if (answer.header.kind === 'failed')
      throw new SandboxError(
        'sandbox-lost',
        `Cannot carry out "${command.kind}" in a sandbox: ${answer.header.message}`,
      )
    return answer
  }

  #send(command: Asking, body?: Uint8Array): { id: number; reply: Promise<Frame<Reply> | undefined> } {
    const id = ++this.#lastId
    const reply = this.#lost ? Promise.resolve(undefined) : this.#expect(id)
    if (!this.#lost) this.#container.stdin.write(encodeFrame({ ...command, id }, body))
    return { id, reply }
  }

  #expect(id: number): Promise<Frame<Reply> | undefined> {
    return new Promise(resolve => {
      this.#pending.set(id, reply => {
        this.#pending.delete(id)
        resolve(reply)
      })
    })
  }

  /** Has the resident end all processes; if it cannot, the container is killed. */
  async #stop(): Promise<void> {
    const timer = setTimeout(() => void this.#container.kill(), OBEY_SECONDS * 1000)
    await this.#send({ kind: 'kill', id: 0 }).reply
    clearTimeout(timer)
  }
}

/** Commands that are answered. */
type Asking = Exclude<Command, Exclude<OutletCommand, { kind: 'listen' | 'unlisten' }>>

const OF_OUTLET: readonly string[] = ['dial', 'question', 'flow', 'credit', 'shut', 'close']

function isOfOutlet(reply: Reply): reply is Reply & OutletReply {
  return OF_OUTLET.includes(reply.kind)
}

function treeOf({ header, body }: Frame<Reply>): Changes {
  if (header.kind !== 'tree') throw unexpected(header.kind)
  const total = header.entries.reduce((sum, entry) => sum + entry.size, 0)
  if (total !== body.length)
    throw new SandboxError(
      'sandbox-lost',
      `Cannot read a tree: ${total} bytes announced, ${body.length} sent`,
    )
  const entries = header.entries.map(({ target, ...entry }) => ({
    ...entry,
    ...(target === undefined ? {} : { target }),
  }))
  return { entries, removed: header.removed, truncated: header.truncated, body }
}

function unexpected(kind: string): SandboxError {
  return new SandboxError('sandbox-lost', `Cannot go on with a sandbox: unexpected answer "${kind}"`)
}

const Id = z.number().int().nonnegative()
const Path = z.string().min(1).max(4096)
const Reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('done'), id: Id }),
  z.object({ kind: z.literal('failed'), id: Id, message: z.string() }),
  z.object({ kind: z.literal('dial'), channel: Id, port: z.number().int(), address: z.string().max(64) }),
  z.object({ kind: z.literal('credit'), channel: Id, bytes: z.number().int().nonnegative() }),
  ...(['question', 'flow', 'shut', 'close'] as const).map(kind =>
    z.object({ kind: z.literal(kind), channel: Id }),
  ),
  z.object({ kind: z.literal('output'), id: Id, stream: z.enum(['stdout', 'stderr', 'results']) }),
  z.object({
    kind: z.literal('exit'),
    id: Id,
    code: z.number().int().nullable(),
    signal: z.string().max(20).nullable(),
    flooded: z.boolean(),
  }),
  z.object({
    kind: z.literal('tree'),
    id: Id,
    entries: z.array(
      z.object({
        path: Path,
        kind: z.enum(['file', 'symlink', 'directory', 'other']),
        mode: z.number().int().min(0).max(0o7777),
        size: z.number().int().nonnegative(),
        target: z.string().max(4096).optional(),
      }),
    ),
    removed: z.array(Path),
    truncated: z.boolean(),
  }),
])
type Reply = z.infer<typeof Reply>
