import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { type Agent, loadAgent } from '../../sandbox/agent.ts'
import type { Engine } from '../../sandbox/engine.ts'
import { holding } from '../../sandbox/hold.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Ending, RunOptions, Sandbox } from '../../sandbox/sandbox.ts'
import { type Surroundings, setUp } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { type Evaluation, evaluate, type Observer } from '../../validator/evaluate.ts'
import { scanEvaluations } from './scan.ts'
import { type TaskDraft, writeFiles, writeTask } from './task.ts'

const HOSTILE = path.resolve(import.meta.dirname, '../fixtures/hostile')

/**
 * One bench per file: made before its tests, and everything it made is gone after them.
 *
 * @param scan - whether each evaluation fails if its agent could have read anything hidden; not for machines that agents wreck
 */
export function useBench({ scan = true } = {}): { readonly bench: Bench } {
  if (scan) scanEvaluations()
  const held: { bench: Bench | undefined } = { bench: undefined }
  beforeAll(async () => {
    held.bench = await Bench.open()
  })
  afterAll(async () => {
    await held.bench?.[Symbol.asyncDispose]()
  })
  return {
    get bench() {
      if (held.bench === undefined) throw new Error('The bench is there only while tests run')
      return held.bench
    },
  }
}

/** A real engine with a slot, and a folder for tiny tasks and agents. */
export class Bench implements AsyncDisposable {
  readonly engine: Engine
  readonly runtimeVolume: string
  readonly run: string
  readonly folder: string
  readonly slot: Slot
  readonly #holding: AsyncDisposable
  readonly #prepared = new Map<string, Promise<PreparedTask>>()
  readonly #free: Slot[] = []
  #count = 0

  private constructor(
    surroundings: Surroundings,
    own: { slot: Slot; holding: AsyncDisposable },
    run: string,
    folder: string,
  ) {
    this.engine = surroundings.engine
    this.runtimeVolume = surroundings.runtimeVolume
    this.slot = own.slot
    this.#holding = own.holding
    this.run = run
    this.folder = folder
  }

  static async open(): Promise<Bench> {
    const run = `test-${randomBytes(6).toString('hex')}`
    const surroundings = await setUp(() => {})
    const folder = temporaryFolder()
    process.env.ARETE_CACHE = path.join(folder, 'cache')
    const { engine, runtimeVolume } = surroundings
    const slot = new Slot({ engine, runtimeVolume, run })
    await slot.hold()
    return new Bench(surroundings, { slot, holding: await holding(surroundings, run) }, run, folder)
  }

  /** The same draft is prepared once. */
  prepare(draft: TaskDraft = {}): Promise<PreparedTask> {
    const key = JSON.stringify(draft)
    const prepared = this.#prepared.get(key) ?? this.#prepare(draft)
    this.#prepared.set(key, prepared)
    return prepared
  }

  /** A single-file agent, its language told by the name. */
  async agent(name: string, source: string): Promise<Agent> {
    const file = path.join(this.#fresh('agent'), name)
    fs.writeFileSync(file, source)
    return await loadAgent(file)
  }

  async agentFolder(files: Readonly<Record<string, string>>): Promise<Agent> {
    return await loadAgent(this.write(files))
  }

  write(files: Readonly<Record<string, string>>): string {
    const folder = this.#fresh('files')
    writeFiles(folder, files)
    return folder
  }

  /** An agent whose whole work is to put `content` where the function under test is. */
  patching(content: string): Promise<Agent> {
    return this.agent('patching.sh', `#!/bin/sh\ncat > sums.py <<'END OF FILE'\n${content}\nEND OF FILE\n`)
  }

  async attempt(agent: Agent, draft: TaskDraft = {}, observer: Observer = {}): Promise<Evaluation> {
    return await evaluate(this.slot, { prepared: await this.prepare(draft), agent, run: this.run }, observer)
  }

  /** Work in a slot that nobody else has meanwhile, for what is tried several times at once. */
  async inSlot<Result>(work: (slot: Slot) => Promise<Result>): Promise<Result> {
    const { engine, runtimeVolume, run } = this
    const slot = this.#free.pop() ?? new Slot({ engine, runtimeVolume, run })
    try {
      return await work(slot)
    } finally {
      this.#free.push(slot)
    }
  }

  async sandbox(draft: TaskDraft = {}): Promise<Sandbox> {
    return await this.slot.take(await this.prepare(draft))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.slot, ...this.#free].map(slot => slot[Symbol.asyncDispose]()))
    await this.#holding[Symbol.asyncDispose]()
    // By label: also what a task left that could not be prepared.
    const made = await this.engine.listLabelled(`arete.test=${this.run}`)
    for (const { kind, id } of made) if (kind === 'image') await this.engine.removeImage(id)
    fs.rmSync(this.folder, { recursive: true, force: true })
  }

  async #prepare(draft: TaskDraft): Promise<PreparedTask> {
    const folder = this.#fresh('task')
    writeTask(folder, draft, this.run)
    return await prepareTask(this.engine, loadHarborTask(folder, {}), {
      run: this.run,
      say: () => {},
    })
  }

  #fresh(kind: string): string {
    this.#count += 1
    const folder = path.join(this.folder, `${kind}-${this.#count}`)
    fs.mkdirSync(folder)
    return folder
  }
}

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'arete-test-'))
}

/** A file of `fixtures/hostile`. */
export function hostile(name: string): string {
  return path.join(HOSTILE, name)
}

export interface Ran {
  readonly ending: Ending
  readonly stdout: string
  readonly stderr: string
  readonly seconds: number
}

/** Runs a shell script as the agent's user, as the agent phase would. */
export async function runIn(sandbox: Sandbox, script: string, more: Partial<RunOptions> = {}): Promise<Ran> {
  const said: Record<'stdout' | 'stderr' | 'results', Buffer[]> = { stdout: [], stderr: [], results: [] }
  const start = performance.now()
  const ending = await sandbox.run({
    argv: ['/bin/bash', '-c', script],
    cwd: '/app',
    env: { PATH: '/opt/arete/bin:/usr/local/bin:/usr/bin:/bin', HOME: '/home/agent' },
    uid: 1000,
    gid: 1000,
    seconds: 20,
    maxOutputBytes: 2 ** 24,
    onOutput: (stream, chunk) => void said[stream].push(chunk),
    ...more,
  })
  const text = (stream: 'stdout' | 'stderr'): string => Buffer.concat(said[stream]).toString()
  return {
    ending,
    stdout: text('stdout'),
    stderr: text('stderr'),
    seconds: (performance.now() - start) / 1000,
  }
}
