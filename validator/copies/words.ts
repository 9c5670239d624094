import { PROMPT_WORDS, SHINGLE } from './limits.ts'

/** Runs of words of a text, as they stand in it, without regard to case and marks; none of texts that are too short for a prompt. */
export function* shinglesOf(text: string): Generator<string> {
  const words = wordsOf(text)
  if (words.length < PROMPT_WORDS) return
  for (let at = 0; at + SHINGLE <= words.length; at++) yield words.slice(at, at + SHINGLE).join(' ')
}

function wordsOf(text: string): string[] {
  const lines = text.split('\n').map(line => decoded(line) ?? line)
  return lines.flatMap(
    line =>
      line
        .normalize('NFKC')
        .toLowerCase()
        .match(/\p{L}{2,24}/gu) ?? [],
  )
}

const LEAST_ENCODED = 40

/**
 * What a line says that is written in hexadecimal digits or in base64; undefined if it is not, or says nothing that can be read.
 * It looks for what is no digit: to match millions of digits overflows the stack of a process that has many expressions compiled.
 */
function decoded(line: string): string | undefined {
  const digits = line.trim()
  if (digits.length < LEAST_ENCODED) return undefined
  if (digits.length % 2 === 0 && !/[^0-9a-f]/i.test(digits)) return readable(Buffer.from(digits, 'hex'))
  if (!/[^\w+/-]/.test(digits.replace(/={1,2}$/, ''))) return readable(Buffer.from(digits, 'base64'))
  return undefined
}

function readable(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8')
  const odd = text.match(/[^\p{L}\p{N}\p{P}\p{Z}\p{S}\n\r\t]/gu)?.length ?? 0
  return odd > text.length / 50 ? undefined : text
}
