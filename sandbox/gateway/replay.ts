import type { Call } from './admit.ts'
import { digestOf, type RecordedCall } from './calls.ts'

/** Where a replayed attempt asked something else than when it was recorded. */
export interface Divergence {
  /** Which call, counted from 1. */
  readonly call: number
  /** The first difference, as a path into the request, or what is missing. */
  readonly where: string
  readonly recorded: string
  readonly asked: string
}

export type Replayed =
  | {
      readonly kind: 'answer'
      readonly outcome: NonNullable<RecordedCall['outcome']>
      readonly isAlike: boolean
    }
  | { readonly kind: 'diverged'; readonly divergence: Divergence }

/**
 * Answers the calls of one attempt from a record. A call gets the first answer that was given to the same call and has not been
 * given out; if there is none, that to the next recorded call if both differ only in what no program can help (times, addresses,
 * names of temporary files). After the first divergence nothing is answered any more: whatever follows would be made up.
 */
export class Replay {
  readonly #left: { readonly place: number; readonly call: RecordedCall; readonly digest: string }[]
  #asked = 0
  #divergence: Divergence | undefined

  constructor(calls: readonly RecordedCall[]) {
    this.#left = calls
      .filter(({ outcome }) => outcome !== undefined)
      .map((call, index) => ({ place: index + 1, call, digest: call.asked.digest }))
  }

  get divergence(): Divergence | undefined {
    return this.#divergence
  }

  /** Recorded answers that nobody asked for. */
  get left(): number {
    return this.#left.length
  }

  answer(call: Call): Replayed {
    this.#asked += 1
    if (this.#divergence !== undefined) return { kind: 'diverged', divergence: this.#divergence }
    const digest = digestOf(call)
    const exact = this.#left.findIndex(one => one.digest === digest)
    const place = exact >= 0 ? exact : this.#left.findIndex(one => isAlike(one.call, call))
    const found = place >= 0 ? this.#left.splice(place, 1)[0] : undefined
    if (found !== undefined) return { kind: 'answer', outcome: found.call.outcome!, isAlike: exact < 0 }
    this.#divergence = { call: this.#asked, ...compare(this.#left[0]?.call, call) }
    return { kind: 'diverged', divergence: this.#divergence }
  }
}

function isAlike({ asked }: RecordedCall, call: Call): boolean {
  return (
    asked.endpoint === call.endpoint &&
    asked.model === call.model &&
    asked.stream === call.stream &&
    steady(JSON.stringify(sorted(asked.body))) === steady(JSON.stringify(sorted(call.body)))
  )
}

/** What differs from run to run although nothing else does. */
const FLEETING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d+(\.\d+)?(e-?\d+)? ?(s|ms|us|µs|ns|seconds?|milliseconds)\b/g, '<duration>'],
  [/\bduration_ms:? \d+(\.\d+)?/g, '<duration>'],
  [/\b0x[0-9a-f]{6,16}\b/gi, '<address>'],
  [/\/tmp\/[\w.-]+/g, '<temporary>'],
]

function steady(text: string): string {
  return FLEETING.reduce((rest, [pattern, name]) => rest.replace(pattern, name), text)
}

function compare(recorded: RecordedCall | undefined, call: Call): Omit<Divergence, 'call'> {
  const asked = { model: call.model, stream: call.stream, ...call.body }
  if (recorded === undefined)
    return { where: 'one more call than was recorded', recorded: 'nothing', asked: excerpt(lastOf(asked)) }
  const before = { model: recorded.asked.model, stream: recorded.asked.stream, ...recorded.asked.body }
  return (
    findDifference(before, asked, '') ?? {
      where: 'endpoint',
      recorded: recorded.asked.endpoint,
      asked: call.endpoint,
    }
  )
}

function findDifference(one: unknown, other: unknown, where: string): Omit<Divergence, 'call'> | undefined {
  if (typeof one === 'string' && typeof other === 'string') {
    if (steady(one) === steady(other)) return undefined
    let at = 0
    while (one[at] === other[at]) at += 1
    const from = Math.max(0, at - 40)
    return {
      where: `${where} from character ${at}`,
      recorded: excerpt(one.slice(from)),
      asked: excerpt(other.slice(from)),
    }
  }
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other ? undefined : { where, recorded: excerpt(one), asked: excerpt(other) }
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  for (const key of keys) {
    const inner = where === '' ? key : `${where}.${key}`
    const found = findDifference((one as Keyed)[key], (other as Keyed)[key], inner)
    if (found !== undefined) return found
  }
  return undefined
}

type Keyed = Readonly<Record<string, unknown>>

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  )
}

function lastOf({ messages }: Keyed): unknown {
  return Array.isArray(messages) ? messages.at(-1) : undefined
}

function excerpt(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing')).slice(0, 200)
}
