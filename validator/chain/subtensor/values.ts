import { z } from 'zod'

/** What nodes say, parsed: the library gives JSON in which large numbers are hexadecimal. */

export const Big = z
  .union([z.number().int().min(0), z.string().regex(/^(0x[0-9a-f]{1,64}|\d{1,40})$/i)])
  .transform(value => BigInt(value))
export const Whole = Big.transform(value => Number(value)).pipe(z.number().int().min(0))

/** Bytes as the library shows them: hexadecimal, or a list of numbers. */
const Bytes = z
  .union([z.string().regex(/^0x([0-9a-f]{2})*$/i), z.array(z.number().int().min(0).max(255))])
  .transform(value => (typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : Buffer.from(value)))

/** A text of strangers, cut to what a page has room for. */
export const Text = Bytes.transform(bytes => bytes.toString('utf8').slice(0, 64))

/** A fixed-point number as its bits; `fraction` of them are behind the point. */
export function fixedOf(fraction: number) {
  return z
    .object({ bits: z.union([z.number(), z.string()]) })
    .transform(({ bits }) => Number(BigInt(bits)) / 2 ** fraction)
}
