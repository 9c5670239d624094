import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Line } from './measure.ts'

/**
 * Prints what was measured, and keeps it as `<name>.json` beside this file, with the machine and the day: numbers of two machines
 * say nothing of each other.
 *
 * @param about - version of the container engine, where one was at work; where the data are from, where they are not ours
 */
export function publish(
  name: string,
  lines: readonly Line[],
  isKept: boolean,
  { engine, sources }: { readonly engine?: string; readonly sources?: readonly unknown[] } = {},
): void {
  process.stdout.write(`${render(lines)}\n`)
  if (!isKept) return
  const machine = {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.cpus().length,
    memoryMegabytes: Math.round(os.totalmem() / 2 ** 20),
    ...(engine === undefined ? {} : { engine }),
    node: process.version,
  }
  const from = sources === undefined ? {} : { sources }
  const results = { machine, date: new Date().toISOString(), ...from, lines }
  fs.writeFileSync(
    path.join(import.meta.dirname, `${name}.json`),
    `${JSON.stringify(results, undefined, 2)}\n`,
  )
}

function render(lines: readonly Line[]): string {
  const rows = lines.map(({ name, value, unit, floor, ratio }) => {
    const against = floor === null ? '' : `floor ${floor}`
    return [
      name.padEnd(34),
      String(value).padStart(8),
      unit.padEnd(12),
      against.padEnd(14),
      ratio ?? '',
    ].join('  ')
  })
  return rows.map(row => row.trimEnd()).join('\n')
}
