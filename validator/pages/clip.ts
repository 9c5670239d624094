import { z } from 'zod'

/** A text of a stranger as far as it is shown, and how many characters are not. */
export const Clipped = z.object({ text: z.string(), left: z.int() })
export type Clipped = z.infer<typeof Clipped>

/** The beginning of a text. */
export function clip(text: string, most: number): Clipped {
  if (text.length <= most) return { text, left: 0 }
  return { text: text.slice(0, most).replace(/[\ud800-\udbff]$/, ''), left: text.length - most }
}

/** The end of a text: where programs say what went wrong. */
export function clipStart(text: string, most: number): Clipped {
  if (text.length <= most) return { text, left: 0 }
  return { text: text.slice(-most).replace(/^[\udc00-\udfff]/, ''), left: text.length - most }
}
