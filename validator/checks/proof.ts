import fs from 'node:fs'
import path from 'node:path'
import { cacheFolder } from '../../sandbox/cache.ts'
import { sha256 } from '../../sandbox/digest.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { findCertificate } from '../../task-bank/certificate.ts'
import { evaluate } from '../evaluate.ts'

type Subject = Pick<PreparedTask, 'task' | 'image'>

/**
 * Whether a task is certified with exactly this image: by its certificate, or, if the image was built here from the files that
 * the certificate is about, by what `prove` has seen here.
 */
export function isProven({ task, image }: Subject): boolean {
  const certificate = findCertificate(task)
  if (certificate === undefined) return false
  return (
    certificate.image === image.id || (task.image.kind === 'build' && fs.existsSync(proofOf({ task, image })))
  )
}

/**
 * Images of the same files differ from machine to machine, so a certificate that was made elsewhere says nothing of the one
 * that was built here. Then one round of the same is asked of it: nothing must be unsolved, and the reference solved.
 */
export async function prove(surroundings: Surroundings, prepared: PreparedTask, run: string): Promise<void> {
  const { task } = prepared
  if (task.image.kind !== 'build' || findCertificate(task) === undefined || isProven(prepared)) return
  await using slot = new Slot({ ...surroundings, run })
  const nothing = await evaluate(slot, { prepared, agent: { kind: 'nop' }, run })
  const reference = await evaluate(slot, { prepared, agent: { kind: 'oracle' }, run })
  if (nothing.verdict.verdict === 'solved' || reference.verdict.verdict !== 'solved') return
  const file = proofOf(prepared)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, '')
}

function proofOf({ task, image }: Subject): string {
  return path.join(cacheFolder(), 'proofs', sha256(`${task.digest} ${image.id}`))
}
