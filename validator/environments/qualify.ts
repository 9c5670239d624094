import { AffinetesEnvironment } from '../../sandbox/affinetes/environment.ts'
import { mapScore } from '../../sandbox/affinetes/outcome.ts'
import { ensurePinned } from '../../sandbox/affinetes/pinned.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { holding } from '../../sandbox/hold.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import type { Affinetes } from '../../task-bank/affinetes.ts'
import { type Qualification, qualify, type Trial } from '../scoring/qualify.ts'
import { type CallContext, callEnvironment, controlCall } from './affinetes.ts'

export interface QualifyOptions {
  readonly id: string
  readonly run: string
  /** Calls of each control. */
  readonly rounds: number
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly onProgress: (progress: {
    readonly what: string
    readonly done: number
    readonly total: number
  }) => void
  readonly signal?: AbortSignal
}

export interface QualifyResult extends Qualification {
  readonly methods: readonly string[]
  readonly trials: readonly (Trial & { readonly seconds: number })[]
}

/** Starts an environment, lists its methods, and calls each control so many times, each time in a fresh container. */
export async function qualifyEnvironment(
  surroundings: Pick<Surroundings, 'engine' | 'runtimeVolume'>,
  declared: Affinetes,
  options: QualifyOptions,
): Promise<QualifyResult> {
  const { engine, runtimeVolume } = surroundings
  const { run, id, rounds, variables, onProgress, signal } = options
  await using _ = await holding(surroundings, run)
  const controls = controlsOf(declared)
  const total = 1 + rounds * controls.length
  onProgress({ what: 'start', done: 0, total })
  const image = await ensurePinned(engine, declared.image, {
    run,
    seconds: declared.start_seconds,
    say: () => {},
  })
  const context: CallContext = {
    ...{ engine, runtimeVolume, run, id, image, declared, variables },
    ...(signal === undefined ? {} : { signal }),
  }
  const started = await start(context)
  if ('reason' in started) return { qualifies: false, reasons: [started.reason], methods: [], trials: [] }
  const trials: (Trial & { seconds: number })[] = []
  for (const { control, expected, ...call } of controls)
    for (let round = 0; round < rounds; round += 1) {
      onProgress({ what: control, done: 1 + trials.length, total })
      const { disposition, seconds } = await callEnvironment(context, call)
      trials.push({ control, expected, disposition, seconds })
    }
  const wanted = [...new Set([declared.method, ...controls.map(({ method }) => method)])]
  return {
    ...qualify({ wanted, methods: started.methods }, trials),
    methods: started.methods ?? [],
    trials,
  }
}

/** What it takes to start it at all; one that cannot be started does not count. */
async function start(
  context: CallContext,
): Promise<{ readonly methods: readonly string[] | undefined } | { readonly reason: string }> {
  try {
    await using environment = await AffinetesEnvironment.open({ ...context, endpoint: undefined })
    return { methods: await environment.methods() }
  } catch (error) {
    if (error instanceof SandboxError && error.code === 'task-unusable') return { reason: error.message }
    throw error
  }
}

function controlsOf(declared: Affinetes) {
  return (['oracle', 'nop'] as const).flatMap(control => {
    const call = controlCall(declared, control)
    if (call === undefined) return []
    return [{ ...call, control, expected: mapScore(declared.controls[control]!.score, declared.score)! }]
  })
}
