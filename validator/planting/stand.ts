import { joinFiles } from '../../sandbox/archive.ts'
import { sha256 } from '../../sandbox/digest.ts'
import type { Patch } from '../../sandbox/patch.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Slot } from '../../sandbox/slot.ts'
import { runVerifyPhase, type VerifyOutcome } from '../../sandbox/verify-phase.ts'
import type { Ground } from './ground.ts'
import { withTests } from './subset.ts'

/** Faults that one sandbox sees, so that what tests leave behind does not pile up. */
const FAULTS_PER_SANDBOX = 40

/**
 * Where faults are tried one after the other, in a sandbox that is kept as long as its tests end well. What is found out here only
 * chooses; whether a task is right is proved in fresh sandboxes.
 */
export class Stand implements AsyncDisposable {
  readonly #slot: Slot
  readonly #ground: Ground
  #sandbox: Sandbox | undefined
  #tried = 0
  /** Files that are not as they were. */
  #changed: readonly string[] = []

  constructor(slot: Slot, ground: Ground) {
    this.#slot = slot
    this.#ground = ground
  }

  /** Runs some test files with some texts changed. */
  async try(texts: ReadonlyMap<string, string>, testFiles: readonly string[]): Promise<VerifyOutcome> {
    this.#sandbox ??= await this.#slot.take(this.#ground.prepared, 'verify')
    try {
      const outcome = await this.#run(this.#sandbox, texts, testFiles)
      if (outcome.ending.kind !== 'reported' || this.#tried >= FAULTS_PER_SANDBOX) this.#drop()
      return outcome
    } catch (error) {
      this.#drop()
      throw error
    }
  }

  #run(
    sandbox: Sandbox,
    texts: ReadonlyMap<string, string>,
    testFiles: readonly string[],
  ): Promise<VerifyOutcome> {
    const restored = this.#changed.map(name => [name, this.#ground.texts.get(name)!] as const)
    this.#changed = [...texts.keys()]
    this.#tried += 1
    return runVerifyPhase({
      sandbox,
      prepared: withTests(this.#ground.prepared, {
        files: testFiles,
        seconds: secondsFor(this.#ground, testFiles),
      }),
      patch: patchOf(new Map([...restored, ...texts])),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#drop()
    await this.#slot[Symbol.asyncDispose]()
  }

  #drop(): void {
    if (this.#sandbox !== undefined) this.#slot.discard(this.#sandbox)
    this.#sandbox = undefined
    this.#changed = []
    this.#tried = 0
  }
}

/** A fault may well make tests slower, but whoever waits longer waits for ever. */
function secondsFor({ tests }: Ground, files: readonly string[]): number {
  return Math.ceil(10 + 5 * files.reduce((sum, file) => sum + (tests.get(file)?.seconds ?? 0), 0))
}

function patchOf(texts: ReadonlyMap<string, string>): Patch {
  const files = joinFiles(
    [...texts].map(([name, text]) => ({ path: name, mode: 0o644, content: Buffer.from(text) })),
  )
  return { diff: Buffer.alloc(0), digest: sha256(''), files, removed: [], dropped: [] }
}
