import { SandboxError, type SandboxErrorCode } from './errors.ts'

/** An answer of "not there" or "already so" becomes undefined. */
export async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    const status = (error as { statusCode?: number }).statusCode
    if (status === 404 || status === 409 || status === 304) return undefined
    throw error
  }
}

/** Does something with the engine; what fails becomes a `SandboxError` that says what it was. */
export async function guard<T>(code: SandboxErrorCode, what: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SandboxError) throw error
    throw new SandboxError(codeOf(error) ?? code, `${what}: ${messageOf(error)}`, { cause: error })
  }
}

function codeOf(error: unknown): SandboxErrorCode | undefined {
  switch ((error as { code?: unknown }).code) {
    case 'EACCES':
      return 'engine-denied'
    case 'ECONNREFUSED':
    case 'ENOENT':
      return 'engine-missing'
    default:
      return undefined
  }
}

/** What the engine itself says of a failure, if it says anything. */
export function messageOf(error: unknown): string {
  const { json, message } = error as { json?: { message?: unknown }; message?: unknown }
  return String(json?.message ?? message ?? error)
}
