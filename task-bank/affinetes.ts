import { z } from 'zod'
import { Terms } from './draw/commitment.ts'

const Name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected the name of a method')
const Variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'expected the name of a variable')
const Scalar = z.union([z.string().max(1e4), z.number(), z.boolean()])
const Parameters = z.record(Variable, Scalar)
const Megabytes = z.int().min(64).max(1_048_576)
const Seconds = z
  .number()
  .positive()
  .max(24 * 3600)

/** A call whose score is known: the reference must come to it, and so must somebody who does nothing. */
const Control = z.strictObject({
  method: Name.optional(),
  params: Parameters.default({}),
  /** As the environment gives it, within `score`. */
  score: z.number(),
})

const Score = z.tuple([z.number(), z.number()])

/** What it takes to call a container image with the protocol of affinetes: `/health`, `/methods`, `/call`. */
const CALL = {
  /** A tag can name another image tomorrow. */
  image: z
    .string()
    .max(500)
    .regex(/^([a-z0-9][a-z0-9._:/-]*@)?sha256:[0-9a-f]{64}$/, 'expected a digest: name@sha256:…, not a tag'),
  port: z.int().min(1024).max(65_535).default(8000),
  method: Name.default('evaluate'),
  /** Go along with each call. */
  params: Parameters.default({}),
  /** Lowest and highest score that it gives; mapped on [0, 1] in a straight line. */
  score: Score.default([0, 1]),
  /** What one call may take, and the start. */
  seconds: Seconds.default(3600),
  start_seconds: Seconds.default(120),
  cpus: z.number().positive().max(256).default(1),
  memory_megabytes: Megabytes.default(2048),
  /** Hosts of the public network that it reaches; the model is reached without being named. */
  network: z.array(z.string().min(1).max(253)).max(100).default([]),
  /** Variables of the validator's own environment that are handed on, by name. */
  env: z.array(Variable).max(100).default([]),
  controls: z.strictObject({ oracle: Control.optional(), nop: Control.optional() }).default({}),
} as const

const isOrdered = ({ score: [lowest, highest] }: { score: z.infer<typeof Score> }): boolean =>
  lowest < highest
const NOT_ORDERED = { path: ['score'], message: 'expected the lowest score below the highest' }

/** An image that answers calls, apart from the environment that it is of. */
export const Callable = z.strictObject(CALL).refine(isOrdered, NOT_ORDERED)
export type Callable = z.infer<typeof Callable>

/** An environment that is such an image. */
export const Affinetes = z
  .strictObject({
    protocol: z.literal('affinetes'),
    about: z.string().default(''),
    netuid: z.union(
      [z.literal('local'), z.number().int().nonnegative().max(65_535)],
      'expected a netuid or "local"',
    ),
    weight: z.number().positive().max(1e6),
    ...CALL,
    /** Ids of its tasks: from the first to before the last. */
    tasks: z.tuple([z.int().min(0), z.int().min(1).max(Number.MAX_SAFE_INTEGER)]),
    draw: Terms.shape.draw,
    confirmation: Terms.shape.confirmation,
  })
  .refine(({ tasks: [first, end] }) => first < end, {
    path: ['tasks'],
    message: 'expected the first id below the last',
  })
  .refine(isOrdered, NOT_ORDERED)
  .refine(
    ({ score: [lowest, highest], controls }) =>
      [controls.oracle, controls.nop].every(
        control => control === undefined || (control.score >= lowest && control.score <= highest),
      ),
    { path: ['controls'], message: 'expected scores within the range of the environment' },
  )
  .refine(({ tasks: [first, end], draw, confirmation }) => end - first >= draw + confirmation, {
    path: ['tasks'],
    message: 'expected as many ids as draw + confirmation or more',
  })
export type Affinetes = z.infer<typeof Affinetes>

/** The part of a declaration that calls are made by. */
export function callableOf(declared: Affinetes): Callable {
  return Callable.parse(
    Object.fromEntries(Object.keys(CALL).map(key => [key, declared[key as keyof typeof CALL]])),
  )
}
