import { Worker } from 'node:worker_threads'

const THREAD = new URL('token-thread.mjs', import.meta.url)
/** A text of 100 kB that nobody made for it takes 30 ms. */
const DEADLINE_MILLISECONDS = 250
const LOAD_MILLISECONDS = 20_000

/** How many tokens a text has; not exact: it was not counted in time, and cannot have more than this. */
export interface Counted {
  readonly tokens: number
  readonly isExact: boolean
}

/**
 * Counts tokens where a provider does not say how many there were. Tokenisers take time that grows with the square of some
 * texts, so this one works in a thread of its own, which is ended when it takes too long.
 */
export class TokenCounter implements AsyncDisposable {
  readonly #deadline: number
  #thread: Promise<Worker> | undefined
  #line: Promise<unknown> = Promise.resolve()

  constructor(deadlineMilliseconds = DEADLINE_MILLISECONDS) {
    this.#deadline = deadlineMilliseconds
  }

  /** One text after the other: a hostile one must not take others' time with it. */
  count(text: string): Promise<Counted> {
    const counted = this.#line.then(() => this.#count(text))
    this.#line = counted.catch(() => {})
    return counted
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line
    await (await this.#thread?.catch(() => undefined))?.terminate()
    this.#thread = undefined
  }

  async #count(text: string): Promise<Counted> {
    const bound = { tokens: Buffer.byteLength(text), isExact: false }
    if (text === '') return { tokens: 0, isExact: true }
    try {
      this.#thread ??= start()
      const thread = await this.#thread
      const answer = await within(this.#deadline, thread, () => thread.postMessage(text))
      if (typeof answer === 'number') return { tokens: Math.min(answer, bound.tokens), isExact: true }
      await thread.terminate()
    } catch {
      // Without a tokeniser, the bound has to do.
    }
    this.#thread = undefined
    return bound
  }
}

async function start(): Promise<Worker> {
  const thread = new Worker(THREAD, { execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 } })
  thread.unref()
  thread.on('error', () => {})
  if ((await within(LOAD_MILLISECONDS, thread, () => {})) === 'ready') return thread
  await thread.terminate()
  throw new Error('Cannot count tokens: the tokeniser does not start')
}

/** What a thread says next; undefined if it says nothing in time, or ends. */
function within(milliseconds: number, thread: Worker, ask: () => void): Promise<unknown> {
  return new Promise(resolve => {
    const finish = (value: unknown): void => {
      clearTimeout(timer)
      thread.off('message', finish)
      thread.off('exit', fail)
      resolve(value)
    }
    const fail = (): void => finish(undefined)
    const timer = setTimeout(fail, milliseconds)
    thread.on('message', finish)
    thread.on('exit', fail)
    ask()
  })
}
