import { z } from 'zod'

/** One tao in rao, in which chains count. */
export const TAO = 1e9
/** The largest number of sixteen bits: what chains write for the whole of a share. */
export const WHOLE = 65_535
export const U16 = z.int().min(0).max(WHOLE)
