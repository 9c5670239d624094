import { BASE } from './style-base.ts'
import { PARTS } from './style-parts.ts'
import { TABLES } from './style-tables.ts'

/** The sheet of all pages: light and dark, from a phone to a wide screen, and on paper. */
export const STYLE = `${BASE}${TABLES}${PARTS}`
