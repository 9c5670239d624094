import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Task } from './task.ts'

/** The proof beside a task that it judges rightly: doing nothing fails, the reference passes, every time. */
export const Certificate = z.object({
  format: z.literal(2),
  task: z.string(),
  /** Digest of the task's files; the certificate holds for exactly these. */
  taskDigest: z.string(),
  image: z.string(),
  date: z.string(),
  rounds: z.number().int().positive(),
  /** Rounds in which doing nothing was unsolved, and in which the reference was solved. */
  nopUnsolved: z.number().int(),
  oracleSolved: z.number().int(),
  tests: z.number().int(),
  /** How far verdicts can be trusted: `observed`, `reported` or `reward`. */
  level: z.enum(['observed', 'reported', 'reward']),
  /** Median seconds of the hidden tests with the reference in place. */
  testSeconds: z.number(),
  /** Files of the image in which parts of hidden files were found. */
  leaks: z.array(z.string()),
})
export type Certificate = z.infer<typeof Certificate>

export const CERTIFICATE_FILE = 'certificate.json'

/** Whether a task has a certificate that holds for its present files. */
export function isCertified(task: Task): boolean {
  const certificate = readCertificate(task.folder)
  return certificate !== undefined && certificate.taskDigest === task.digest && isGood(certificate)
}

/** Whether what was found out speaks for the task. */
export function isGood({ rounds, nopUnsolved, oracleSolved, leaks }: Certificate): boolean {
  return nopUnsolved === rounds && oracleSolved === rounds && leaks.length === 0
}

export function saveCertificate(folder: string, certificate: Certificate): void {
  fs.writeFileSync(path.join(folder, CERTIFICATE_FILE), `${JSON.stringify(certificate, undefined, 2)}\n`)
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
