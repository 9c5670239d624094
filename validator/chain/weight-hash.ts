import { blake2AsU8a } from '@polkadot/util-crypto/blake2'
import { u16, u16s, u64 } from './scale.ts'

/** What a hash commit hides, as it will be revealed. */
export interface Hidden {
  readonly uids: readonly number[]
  readonly values: readonly number[]
  readonly salt: readonly number[]
  readonly versionKey: bigint
}

/**
 * The hash of a commit as the chain computes it when weights are revealed: BLAKE2b-256 over the SCALE form of hotkey, index, uids, values,
 * salt and version key.
 *
 * @param hotkey - its 32 bytes
 * @param index - of netuid and mechanism: `indexOf`
 * @returns 64 hexadecimal digits with `0x`
 */
export function weightHash(hotkey: Uint8Array, index: number, hidden: Hidden): string {
  const { uids, values, salt, versionKey } = hidden
  const written = Buffer.concat([hotkey, u16(index), u16s(uids), u16s(values), u16s(salt), u64(versionKey)])
  return `0x${Buffer.from(blake2AsU8a(written, 256)).toString('hex')}`
}

const NETUIDS = 4096

/** The number under which the chain keeps what belongs to a mechanism of a subnet. */
export function indexOf(netuid: number, mechanism: number): number {
  return mechanism * NETUIDS + netuid
}
