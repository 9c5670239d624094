import { type LogParser, linesOf, openStatuses, type Status } from './statuses.ts'

/** PHPUnit with `--testdox`: a headline `Title (Name\Space\Class)`, below it `✔ words`; ids are `Title > words`. */
export const parsePhpunit: LogParser = log => {
  const { statuses, tell } = openStatuses(' > ')
  let suite: string | undefined
  for (const line of linesOf(log)) {
    const text = line.trimStart()
    const status = MARKS[text[0] as keyof typeof MARKS] as Status | undefined
    if (status !== undefined && suite !== undefined) {
      if (!tell([suite, text.slice(1).trimStart()], status)) break
    }
    // The last bracket belongs to the class; what is before the first one of the last pair to the title.
    else if (/^\w.+ \(/.test(line) && /[^(]\)$/.test(line)) suite = line.slice(0, line.lastIndexOf(' ('))
  }
  return statuses
}

const MARKS = { '✔': 'PASSED', '✘': 'FAILED', '↩': 'SKIPPED', '∅': 'SKIPPED' } as const
