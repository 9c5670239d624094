/** Keeps the first and last half of what is added, up to `limit` bytes, so that a log stays readable and bounded. */
export function openClip(limit: number): { add: (chunk: Uint8Array) => void; bytes: () => Buffer } {
  const half = Math.max(1, Math.floor(limit / 2))
  const head: Uint8Array[] = []
  let tail: Uint8Array[] = []
  let headBytes = 0
  let tailBytes = 0
  let dropped = 0

  return {
    add(chunk) {
      const first = chunk.subarray(0, Math.max(0, half - headBytes))
      if (first.length > 0) head.push(first)
      headBytes += first.length
      const rest = chunk.subarray(first.length)
      if (rest.length === 0) return
      tail.push(rest)
      tailBytes += rest.length
      if (tailBytes <= 2 * half) return
      const joined = Buffer.concat(tail)
      tail = [joined.subarray(joined.length - half)]
      dropped += joined.length - half
      tailBytes = half
    },
    bytes: () =>
      dropped === 0
        ? Buffer.concat([...head, ...tail])
        : Buffer.concat([...head, Buffer.from(`\n[… ${dropped} bytes left out …]\n`), ...tail]),
  }
}
