/** What the hidden tests needed with the reference in place. */
export interface Usage {
  readonly seconds: number
  readonly memoryMegabytes: number
  readonly processes: number
}

/** What the tests of a task needed, over several runs, and what we would give them. */
export interface Budget {
  readonly runs: number
  readonly seconds: { readonly median: number; readonly most: number }
  readonly memoryMegabytes: { readonly median: number; readonly most: number }
  readonly processes: number
  readonly proposed: { readonly timeoutSeconds: number; readonly memoryMegabytes: number }
}

/** A machine may be several times slower than this one, and busy; memory is needed alike everywhere. */
const TIME_FACTOR = 10
const MEMORY_FACTOR = 2
const LEAST_SECONDS = 30
const LEAST_MEGABYTES = 256
/** What fits by less than this fails elsewhere. */
const TIGHT_TIME = 3
const TIGHT_MEMORY = 1.25
/** What is so much more than we would give keeps places on a machine that nobody uses. */
const WILD = 16

/** @param usages - at least one */
export function measureBudget(usages: readonly Usage[]): Budget {
  const of = (value: (usage: Usage) => number): { median: number; most: number } => {
    const sorted = usages.map(value).toSorted((one, other) => one - other)
    return { median: sorted[Math.floor(sorted.length / 2)]!, most: sorted.at(-1)! }
  }
  const seconds = of(usage => usage.seconds)
  const memoryMegabytes = of(usage => usage.memoryMegabytes)
  return {
    runs: usages.length,
    seconds,
    memoryMegabytes,
    processes: of(usage => usage.processes).most,
    proposed: {
      timeoutSeconds: Math.max(LEAST_SECONDS, roundUp(seconds.most * TIME_FACTOR, 10)),
      memoryMegabytes: Math.max(LEAST_MEGABYTES, roundUp(memoryMegabytes.most * MEMORY_FACTOR, 128)),
    },
  }
}

/** What is wrong with the limits that a task names, with the key to change. */
export function judgeLimits(
  { seconds, memoryMegabytes, proposed }: Budget,
  limits: { readonly timeoutSeconds: number; readonly memoryMegabytes: number },
): string[] {
  const say = (key: string, has: string, needs: string, give: number): string =>
    `${key} is ${has} for tests that need ${needs}: we would give ${give}`
  const time = `${seconds.most.toFixed(1)} s`
  const memory = `${Math.ceil(memoryMegabytes.most)} MB`
  return [
    ...(limits.timeoutSeconds < TIGHT_TIME * seconds.most
      ? [say('verifier.timeout_sec', 'too tight', time, proposed.timeoutSeconds)]
      : []),
    ...(limits.timeoutSeconds > WILD * proposed.timeoutSeconds
      ? [say('verifier.timeout_sec', 'far too large', time, proposed.timeoutSeconds)]
      : []),
    ...(limits.memoryMegabytes < TIGHT_MEMORY * memoryMegabytes.most
      ? [say('environment.memory_mb', 'too tight', memory, proposed.memoryMegabytes)]
      : []),
    ...(limits.memoryMegabytes > WILD * proposed.memoryMegabytes
      ? [say('environment.memory_mb', 'far too large', memory, proposed.memoryMegabytes)]
      : []),
  ]
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
