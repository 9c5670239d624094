import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Task } from './task.ts'

const Count = z.number().int().nonnegative()
const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Spread = z.strictObject({ median: z.number(), most: z.number() })

/** The proof beside a task that it judges rightly: doing nothing fails, the reference passes, every time. */
export const Certificate = z.strictObject({
  format: z.literal(3),
  task: z.string(),
  /** Digest of the task's files; the certificate holds for exactly these. */
  taskDigest: Digest,
  /** The engine's digest of the image that all this was found out with. */
  image: z.string(),
  /** SHA-256 of `lift.json`; null if there is none. */
  lift: Digest.nullable(),
  /** Name of what we brought into the sandboxes, which ends with its digest. */
  tools: z.string(),
  versions: z.strictObject({
    arete: z.string(),
    engine: z.string(),
    /** Kind of the runner, and its version as the image says it. */
    runner: z.string(),
    python: z.string().nullable(),
    node: z.string().nullable(),
  }),
  date: z.iso.date(),
  rounds: Count.min(1),
  /** Rounds in which doing nothing was unsolved, and in which the reference was solved. */
  nopUnsolved: Count,
  oracleSolved: Count,
  /** The same beside busy neighbours; null if it was not tried. */
  busy: z.strictObject({ rounds: Count, nopUnsolved: Count, oracleSolved: Count }).nullable(),
  tests: Count,
  /** How far verdicts can be trusted: `observed`, `reported` or `reward`. */
  level: z.enum(['observed', 'reported', 'reward']),
  /** Median seconds of the hidden tests with the reference in place. */
  testSeconds: z.number(),
  /** Wrong fixes that are nearly the reference: how many there could be, were tried, and were found wrong; null if none was tried. */
  mutants: z.strictObject({ possible: Count, tried: Count, killed: Count }).nullable(),
  /** What the hidden tests need, and what we would give them; null if it was not measured. */
  budget: z
    .strictObject({
      runs: Count,
      seconds: Spread,
      memoryMegabytes: Spread,
      processes: Count,
      proposed: z.strictObject({ timeoutSeconds: z.number(), memoryMegabytes: z.number() }),
    })
    .nullable(),
  /** Of the environment, as SPDX names it; null if nothing says it. */
  licence: z.string().nullable(),
  /** Files of the image in which parts of hidden files were found. */
  leaks: z.array(z.string()),
})
export type Certificate = z.infer<typeof Certificate>

export const CERTIFICATE_FILE = 'certificate.json'
const LIFT_FILE = 'lift.json'

/**
 * The certificate of a task if it is good and holds for each byte of its files and of its lift. Whether it holds for an image
 * is the matter of who has the image.
 */
export function findCertificate(task: Pick<Task, 'folder' | 'digest'>): Certificate | undefined {
  const certificate = readCertificate(task.folder)
  const holds = certificate?.taskDigest === task.digest && certificate.lift === digestLift(task.folder)
  return certificate !== undefined && holds && isGood(certificate) ? certificate : undefined
}

/** Whether a task has a certificate that holds for its present files. */
export function isCertified(task: Pick<Task, 'folder' | 'digest'>): boolean {
  return findCertificate(task) !== undefined
}

/** Whether what was found out speaks for the task. */
export function isGood({ rounds, nopUnsolved, oracleSolved, leaks, busy }: Certificate): boolean {
  const never = busy === null || busy.nopUnsolved === busy.rounds
  return nopUnsolved === rounds && oracleSolved === rounds && never && leaks.length === 0
}

export function saveCertificate(folder: string, certificate: Certificate): void {
  fs.writeFileSync(path.join(folder, CERTIFICATE_FILE), `${JSON.stringify(certificate, undefined, 2)}\n`)
}

/** SHA-256 of the lift beside a task; null if there is none. */
export function digestLift(folder: string): string | null {
  const file = path.join(folder, LIFT_FILE)
  if (!fs.existsSync(file)) return null
  return createHash('sha256').update(fs.readFileSync(file)).digest('hex')
}

function readCertificate(folder: string): Certificate | undefined {
  const file = path.join(folder, CERTIFICATE_FILE)
  if (!fs.existsSync(file)) return undefined
  try {
    return Certificate.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
