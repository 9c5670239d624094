/**
 * Splits a stream of JSON lines as it arrives. A line that is longer than `maxBytes` or no JSON is left out: whoever writes
 * them writes what it likes. The work is in proportion to the bytes, however small the pieces are.
 */
export function openLines(maxBytes: number, onLine: (value: unknown) => void): (chunk: Buffer) => void {
  let pieces: Buffer[] = []
  let bytes = 0

  const keep = (piece: Buffer): void => {
    bytes += piece.length
    if (bytes > maxBytes) pieces = []
    else pieces.push(piece)
  }
  const end = (): void => {
    if (bytes <= maxBytes) parse(Buffer.concat(pieces).toString(), onLine)
    pieces = []
    bytes = 0
  }

  return chunk => {
    let start = 0
    for (let newline = chunk.indexOf(0x0a); newline >= 0; newline = chunk.indexOf(0x0a, start)) {
      keep(chunk.subarray(start, newline))
      end()
      start = newline + 1
    }
    if (start < chunk.length) keep(chunk.subarray(start))
  }
}

function parse(line: string, onLine: (value: unknown) => void): void {
  try {
    onLine(JSON.parse(line))
  } catch {
    // Only what can be read is kept.
  }
}
