import fs from 'node:fs/promises'
import { UnreachableError } from '../intake/errors.ts'
import { OperatorError } from '../operating/operate.ts'
import { MOST_MIRROR_BYTES } from './read.ts'

const SECONDS = 60

/**
 * The bytes of a file, or of an address, which is asked once and not followed elsewhere.
 *
 * @throws OperatorError if the file cannot be read, UnreachableError if the address does not give it
 */
export async function fetchMirror(origin: string): Promise<Buffer> {
  return /^https?:\/\//i.test(origin) ? await fromAddress(origin) : await fromFile(origin)
}

async function fromFile(file: string): Promise<Buffer> {
  try {
    const { size } = await fs.stat(file)
    if (size > MOST_MIRROR_BYTES)
      throw new OperatorError(`Cannot read ${file}: it has ${size} bytes; ${MOST_MIRROR_BYTES} may be`)
    return await fs.readFile(file)
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError(`Cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

async function fromAddress(address: string): Promise<Buffer> {
  try {
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(SECONDS * 1000) })
    if (!response.ok) throw new Error(`it answered ${response.status}`)
    const chunks: Uint8Array[] = []
    let total = 0
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      total += chunk.length
      if (total > MOST_MIRROR_BYTES) throw new Error(`its answer has more than ${MOST_MIRROR_BYTES} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    const cause = (error as Error).cause as (Error & { code?: string }) | undefined
    throw new UnreachableError(address, cause?.code ?? (error as Error).message, { cause: error })
  }
}
