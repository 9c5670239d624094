import { z } from 'zod'

const MOST_LETTERS = 120
/** Letters that show nothing, command a terminal, or turn the direction of what stands beside them. */
const UNSHOWN = /[\p{C}\p{Zl}\p{Zp}]/gu

/** A stranger's text on one line: cut, and without what is not to be seen. */
export function cleanText(text: string): string {
  const line = text
    .slice(0, 10 * MOST_LETTERS)
    .replace(UNSHOWN, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const letters = [...line]
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS).join('')}…` : line
}

export const Text = z.string().transform(cleanText)
/** JSON can write numbers that are infinite once they are read. */
export const Finite = z.number().min(-1e15).max(1e15)
export const Block = z
  .int()
  .min(0)
  .max(2 ** 40)

/** What is missing, null, or of another form than was said is not known. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema
    .nullable()
    .catch(null)
    .optional()
    .transform(value => value ?? null)
}
