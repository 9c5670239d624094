import { StringDecoder } from 'node:string_decoder'

const MAX_LINE = 20 * 2 ** 20
/** A line that says nothing costs its sender a byte and us a thousand times as much. */
const MAX_LINES = 100_000

/**
 * Splits a stream into lines of JSON, in time that grows with its length only. A line over 20 MiB or not JSON is left out, and
 * so is everything after the first 100,000 lines.
 */
export function openJsonLines(onLine: (value: unknown) => void): (chunk: Uint8Array) => void {
  const decoder = new StringDecoder('utf8')
  let pieces: string[] = []
  let length = 0
  let count = 0

  return chunk => {
    let rest = count < MAX_LINES ? decoder.write(chunk) : ''
    for (let end = rest.indexOf('\n'); end >= 0 && count < MAX_LINES; end = rest.indexOf('\n')) {
      add(rest.slice(0, end))
      rest = rest.slice(end + 1)
      finish()
    }
    if (count < MAX_LINES) add(rest)
  }

  function add(piece: string): void {
    length += piece.length
    if (length <= MAX_LINE) pieces.push(piece)
  }

  function finish(): void {
    const line = length <= MAX_LINE ? pieces.join('') : ''
    pieces = []
    length = 0
    count += 1
    if (line === '') return
    try {
      onLine(JSON.parse(line))
    } catch {
      // Its sender writes what it likes; only what can be read is kept.
    }
  }
}
