import type { Service } from './compose.ts'
import type { ServiceForm } from './compose-form.ts'
import { parseDuration } from './durations.ts'

/** How a service says that its health is found out. */
export function healthOf(
  key: string,
  form: ServiceForm['healthcheck'],
  say: (key: string, what: string) => void,
): Service['healthcheck'] {
  if (form === undefined) return 'image'
  const test = typeof form.test === 'string' ? ['CMD-SHELL', form.test] : form.test
  if (form.disable || test?.[0] === 'NONE') return 'none'
  if (test === undefined || test.length < 2) {
    say(`${key}.test`, 'expected ["CMD", …], ["CMD-SHELL", line] or a line')
    return 'none'
  }
  const seconds = (
    name: 'interval' | 'timeout' | 'start_period' | 'start_interval',
    usual: number,
  ): number => {
    const text = form[name]
    const value = text === undefined ? usual : parseDuration(text)
    if (value === undefined) say(`${key}.${name}`, `"${text}" is no duration such as 1m30s`)
    return value ?? usual
  }
  if (test[0] !== 'CMD' && test[0] !== 'CMD-SHELL')
    say(`${key}.test`, `starts with "${test[0]}"; expected CMD or CMD-SHELL`)
  return {
    test: test[0] === 'CMD' ? { kind: 'exec', argv: test.slice(1) } : { kind: 'sh', line: test[1]! },
    intervalSeconds: seconds('interval', 30),
    timeoutSeconds: seconds('timeout', 30),
    startSeconds: seconds('start_period', 0),
    startIntervalSeconds: seconds('start_interval', 5),
    retries: form.retries ?? 3,
  }
}

/** A volume in its short form: `name:/target:options`, or `/target`. */
export function shortVolume(text: string): {
  type: 'volume'
  source: string | undefined
  target: string
  read_only: boolean
} {
  const parts = text.split(':')
  if (parts.length === 1) return { type: 'volume', source: undefined, target: text, read_only: false }
  const options = (parts[2] ?? '').split(',')
  return { type: 'volume', source: parts[0]!, target: parts[1]!, read_only: options.includes('ro') }
}

/** The lines `NAME=value` of a file of variables. */
export function parseEnvFile(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const found = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line)
    if (found === null) return []
    const value = found[2]!
    const quoted = /^(["'])(.*)\1$/s.exec(value)
    return [[found[1]!, quoted === null ? value.replace(/\s+#.*$/, '') : quoted[2]!]]
  })
}
