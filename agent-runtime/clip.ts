export interface Clip {
  readonly add: (chunk: Uint8Array) => void
  readonly bytes: () => Buffer
}

/** Keeps the first and last half of what is added, up to `limit` bytes, so that output stays readable and bounded. */
export function openClip(limit: number): Clip {
  const half = Math.max(1, Math.floor(limit / 2))
  const head: Uint8Array[] = []
  let tail: Uint8Array[] = []
  let headBytes = 0
  let tailBytes = 0
  let dropped = 0

  return {
    add(chunk) {
      const first = chunk.subarray(0, half - headBytes)
      if (first.length > 0) head.push(first)
      headBytes += first.length
      const rest = chunk.subarray(first.length)
      if (rest.length === 0) return
      tail.push(rest)
      tailBytes += rest.length
      // Joined only now and then: a flood of small pieces must not be copied anew for each.
      if (tailBytes > 2 * half) cutTail()
    },
    bytes() {
      if (tailBytes > half) cutTail()
      const gap = dropped === 0 ? [] : [Buffer.from(`\n[… ${dropped} bytes left out …]\n`)]
      return Buffer.concat([...head, ...gap, ...tail])
    },
  }

  function cutTail(): void {
    const joined = Buffer.concat(tail)
    tail = [joined.subarray(joined.length - half)]
    dropped += joined.length - half
    tailBytes = half
  }
}
