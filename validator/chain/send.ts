import { z } from 'zod'
import type { Signer } from '../intake/signature.ts'
import type { Connection } from './connection.ts'
import { type Call, type Head, LIFETIME, type Sent } from './node.ts'

const Block = z.object({ block: z.object({ extrinsics: z.array(z.string()) }) })
const Failure = z.object({ code: z.number(), data: z.unknown(), message: z.string() }).partial()

export interface Sending {
  readonly call: Call
  readonly signer: Signer
  /** The newest final block: the call is void `LIFETIME` blocks later. */
  readonly since: Head
  /** How long its block is waited for; what comes later is found by looking. */
  readonly patienceMilliseconds: number
}

/**
 * Sends a call once and follows it into a final block. Nothing is sent again here, whatever happens: an answer that did not come says
 * nothing about the call.
 */
export async function sendCall(connection: Connection, sending: Sending): Promise<Sent> {
  const { call, signer, since } = sending
  const signed = await connection.sign(call, signer, since)
  if (signed === undefined)
    return { kind: 'failed', block: since.number, error: `no call ${call.pallet}.${call.call}` }
  try {
    await connection.request('author_submitExtrinsic', [signed])
  } catch (error) {
    const { code, data, message = '' } = Failure.catch({}).parse(error)
    if (code !== undefined && code > 0) return { kind: 'rejected', code, data: data ?? message }
    return { kind: 'unknown', why: (error as Error).message }
  }
  try {
    return await follow(connection, signed, sending)
  } catch (error) {
    return { kind: 'unknown', why: (error as Error).message }
  }
}

async function follow(
  connection: Connection,
  signed: string,
  { since, patienceMilliseconds }: Sending,
): Promise<Sent> {
  const until = performance.now() + patienceMilliseconds
  let next = since.number + 1
  for (;;) {
    const { number } = connection.newest()
    for (; next <= number; next++) {
      const found = await lookInto(connection, next, signed)
      if (found !== undefined) return found
    }
    if (next > since.number + LIFETIME) return { kind: 'unknown', why: `not in any block up to ${next - 1}` }
    const left = until - performance.now()
    if (left <= 0 || connection.isGone())
      return { kind: 'unknown', why: `not in any final block up to ${next - 1} yet` }
    await nextHead(connection, left)
  }
}

async function lookInto(connection: Connection, block: number, signed: string): Promise<Sent | undefined> {
  const hash = await connection.hashOf(block)
  if (hash === undefined) return undefined
  const { extrinsics } = Block.parse(await connection.request('chain_getBlock', [hash])).block
  const index = extrinsics.indexOf(signed)
  if (index === -1) return undefined
  const error = (await connection.events(hash, index)).find(({ error }) => error !== undefined)?.error
  return error === undefined ? { kind: 'included', block } : { kind: 'failed', block, error }
}

/** Until there is a new head, or the time is over. */
async function nextHead(connection: Connection, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let listening: Disposable | undefined
  try {
    await new Promise<void>(resolve => {
      listening = connection.onHead(resolve)
      timer = setTimeout(resolve, milliseconds)
    })
  } finally {
    listening?.[Symbol.dispose]()
    clearTimeout(timer)
  }
}
