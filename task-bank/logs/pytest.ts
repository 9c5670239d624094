import { eachLine, type LogParser, linesOf, type Status, withoutColours } from './statuses.ts'

/** pytest with `-rA`: its summary has a line for each test, such as `PASSED tests/test_a.py::test_b`. */
export const parsePytest: LogParser = log => eachLine(linesOf(log), readSummary)

/** The same for suites whose parameters are paths of the machine: of those only the last part is kept. */
export const parsePytestOptions: LogParser = log =>
  eachLine(linesOf(log), line => {
    const told = readSummary(line)
    return told && [shortenOption(told[0]), told[1]]
  })

/** pytest with colours and with `-v`, where the status may come after the id; ids are kept whole. */
export const parsePytestVerbose: LogParser = log =>
  eachLine(linesOf(log), line => {
    const plain = withoutColours(line)
      .replace(/[\u0001-\u001f]/g, '')
      .trimEnd()
    return readSummary(plain, whole) ?? readProgress(plain)
  })

/** matplotlib writes names of buttons into ids that the tables have as numbers. */
export const parseMatplotlib: LogParser = log =>
  eachLine(linesOf(log), line => readSummary(nameButtons(line)))

/** seaborn's rows have summary lines and progress lines mixed. */
export const parseSeaborn: LogParser = log =>
  eachLine(linesOf(log), line => readSummary(line) ?? readProgress(withoutPercent(line)))

function withoutPercent(line: string): string {
  const bare = line.trimEnd()
  const percent = / \[ *\d+%\]$/.exec(bare)
  return percent === null ? line : bare.slice(0, percent.index).trimEnd()
}

/** What a parser makes of an id, for ids that come from elsewhere than a log. */
export function shortenOption(id: string): string {
  const open = id.indexOf('[')
  const close = id.lastIndexOf(']')
  if (open < 0 || close < open) return id
  const option = id.slice(open + 1, close)
  const isPath = option.startsWith('/') && !option.startsWith('//') && !option.includes('*')
  return isPath ? `${id.slice(0, open)}[/${option.slice(option.lastIndexOf('/') + 1)}]` : id
}

export function nameButtons(id: string): string {
  return id.replaceAll('MouseButton.LEFT', '1').replaceAll('MouseButton.RIGHT', '3')
}

const STATUS = /^(PASSED|FAILED|SKIPPED|ERROR|XFAIL)\b/

function readSummary(line: string, cut = firstWord): readonly [string, Status] | undefined {
  const status = STATUS.exec(line)?.[1] as Status | undefined
  if (status === undefined) return undefined
  const rest = line.slice(status.length).trim()
  const id = cut(status === 'FAILED' || status === 'ERROR' ? rest.split(' - ', 1)[0]! : rest)
  // Skipped tests are summed up by place, as `SKIPPED [2] tests/test_a.py:7: no reason`.
  return id === '' || (status === 'SKIPPED' && /^\[\d+\]/.test(id)) ? undefined : [id, status]
}

/** The published ids end at the first space. */
function firstWord(text: string): string {
  return text.split(/\s/, 1)[0]!
}

function whole(text: string): string {
  return text.split(/\s+/).join(' ')
}

/** `tests/test_a.py::test_b PASSED`. */
function readProgress(line: string): readonly [string, Status] | undefined {
  const words = line.split(/\s+/)
  const status = words.at(-1)!
  return words.length > 1 && STATUS.exec(status)?.[0] === status
    ? [words.slice(0, -1).join(' ').trim(), status as Status]
    : undefined
}
