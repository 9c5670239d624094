import { plain } from './text.ts'

/** A line of the log as a person reads it: time, level, message, fields. What strangers wrote in it commands no terminal. */
export function renderLogLine(line: string): string {
  const { time, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>
  const fields = Object.entries(rest).map(
    ([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const text = `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${msg ?? ''}${fields.join('')}`
  return `${plain(text.replaceAll(/[\n\r]/g, ' '))}\n`
}
