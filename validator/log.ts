import pino, { type Logger } from 'pino'

export type Log = Logger

/** Keys whose values are never written, however deep. */
const SECRET_KEYS = /secret|password|phrase|seed|privatekey|authorization|cookie|databaseurl/i
const MOST_DEPTH = 8

/**
 * Logs as JSON, one object a line. Secrets are left out by the names of their keys at any depth, and passwords in addresses
 * wherever they stand.
 */
export function openLog(level: string, output: { write(text: string): unknown }): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (object: Record<string, unknown>) => redact(object, 0) as Record<string, unknown>,
    },
    hooks: {
      logMethod(args: unknown[], method: (...args: never[]) => void) {
        method.apply(this as never, withoutSecrets(args) as never[])
      },
    },
    serializers: { err: (error: unknown) => redact(error, 0) },
  }
  return pino(options as pino.LoggerOptions, output as pino.DestinationStream)
}

/** An error alone would lend its message to the line, as it is. */
function withoutSecrets(args: readonly unknown[]): readonly unknown[] {
  const [first, ...rest] = args
  if (first instanceof Error)
    return withoutSecrets([{ err: first }, ...(rest.length > 0 ? rest : [first.message])])
  return args.map(one => (typeof one === 'string' ? hideAddresses(one) : one))
}

/** A copy without secrets. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return hideAddresses(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MOST_DEPTH) return '[deep]'
  if (value instanceof Error) {
    const { name, message, stack, cause } = value
    const code = (value as { code?: unknown }).code
    return {
      ...{ name, message: hideAddresses(message), stack: hideAddresses(stack ?? '') },
      ...(code === undefined ? {} : { code }),
      ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
    }
  }
  if (value instanceof Date) return value
  if (Array.isArray(value)) return value.map(one => redact(one, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      SECRET_KEYS.test(key) && typeof one !== 'number' ? '[secret]' : redact(one, depth + 1),
    ]),
  )
}

/** `postgres://name:password@host` keeps its host only. */
function hideAddresses(text: string): string {
  return text.replace(/:\/\/[^\s/@]*@/g, '://[secret]@')
}
