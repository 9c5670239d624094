import { z } from 'zod'

/** An account in SS58 form with the prefix 42, by its form alone: whether its checksum is right shows when it is used. */
export const Address = z.string().regex(/^5[1-9A-HJ-NP-Za-km-z]{47}$/, 'an address in SS58 form')
