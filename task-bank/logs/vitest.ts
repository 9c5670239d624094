import { eachLine, type LogParser, plainLinesOf } from './statuses.ts'

/** vitest with `--reporter=verbose`: `✓ file > suite > name 3ms`. */
export const parseVitest: LogParser = log =>
  eachLine(plainLinesOf(log), line => {
    const told = /^([✓✔×✗↓]) (.+)$/.exec(line.trim())
    if (told === null) return undefined
    const id = told[2]!.replace(/ \[skipped\]$/, '')
    return [(/^(.*[^ ]) +\d+ ?m?s?$/.exec(id)?.[1] ?? id).trim(), MARKS[told[1] as keyof typeof MARKS]]
  })

const MARKS = { '✓': 'PASSED', '✔': 'PASSED', '×': 'FAILED', '✗': 'FAILED', '↓': 'SKIPPED' } as const
