/** Work that may take so long, and ends when its connection does. */
export async function within<T>(
  work: Promise<T>,
  milliseconds: number,
  what: string,
  gone: AbortSignal,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what} after ${milliseconds / 1000} s`)), milliseconds)
        gone.addEventListener('abort', () => reject(new Error('the connection was closed')), { once: true })
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}
