import { blake2AsU8a } from '@polkadot/util-crypto/blake2'
import type { Signer } from '../intake/signature.ts'
import type { Event } from './node.ts'

/** Numbers in hex would be read from their other end. */
export function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex')
}

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`
}

/** Plain JSON of whatever was decoded: large numbers are hexadecimal, accounts SS58, bytes hexadecimal. */
export function plain(codec: unknown): unknown {
  if (codec === undefined || codec === null) return undefined
  const value = (codec as { toJSON: () => unknown }).toJSON()
  return value === null ? undefined : value
}

/** What the library decodes events to, as far as we read it. */
interface EventRecord {
  readonly phase: { readonly isApplyExtrinsic: boolean; readonly asApplyExtrinsic: { toNumber(): number } }
  readonly event: { readonly section: string; readonly method: string; readonly data: readonly unknown[] }
}

/**
 * Events of the call at a place of its block.
 *
 * @param records - as they were decoded
 * @param nameOf - the name of a pallet's error, by the metadata
 */
export function eventsOf(records: unknown, index: number, nameOf: (error: unknown) => string): Event[] {
  return [...(records as Iterable<EventRecord>)]
    .filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index)
    .map(({ event: { section, method, data } }) => {
      const { isModule, asModule } = (data[0] ?? {}) as { isModule?: boolean; asModule?: unknown }
      const error = isModule === true ? nameOf(asModule) : String(data[0])
      return {
        ...{ pallet: section, name: method, data: data.map(plain) },
        error: method === 'ExtrinsicFailed' ? error : undefined,
      }
    })
}

/** Longer payloads are signed by their hash. */
const LONGEST = 256

/** The signature of a payload as the chain takes it. */
export async function signPayload(signer: Signer, payload: string): Promise<`0x${string}`> {
  const whole = bytesOf(payload)
  const signature = await signer.sign(whole.length > LONGEST ? blake2AsU8a(whole, 256) : whole)
  // The first byte says that it is sr25519.
  return `0x01${Buffer.from(signature).toString('hex')}`
}
