import { randomBytes } from 'node:crypto'
import colors from 'picocolors'
import { type CheckProgress, type CheckResult, checkTask } from '../../checks/check.ts'
import { ready } from '../machine/setup.ts'
import { asJson, duration, oneLine, plain } from '../text.ts'
import { openTasks, type TaskOptions } from './tasks.ts'

const WIDTH = 100

/** `arete task check`: exit code 1 if any task is not good. */
export async function check(
  sources: readonly string[],
  options: TaskOptions & { rounds: number; quick?: true; json?: true },
): Promise<number> {
  const tasks = await openTasks(sources, options)
  const surroundings = await ready()
  const results = []
  const progress = openProgress(process.stderr, tasks.length)
  for (const [index, task] of tasks.entries()) {
    const result = await checkTask(surroundings, task, {
      run: randomBytes(6).toString('hex'),
      rounds: options.rounds,
      ...(options.quick === undefined ? {} : { quick: options.quick }),
      onProgress: progress.open(index, task.name),
    })
    progress.clear()
    results.push({ task: task.name, ...result })
    if (!options.json) console.log(renderCheck(task.name, result, process.stdout.columns ?? WIDTH))
  }
  if (options.json) console.log(asJson(results))
  else if (tasks.length > 1) {
    const good = results.filter(result => result.good).length
    console.log(`${good} of ${tasks.length} tasks are certified`)
  }
  return results.every(result => result.good) ? 0 : 1
}

/** One line that changes on a terminal; elsewhere a line for each thing that is begun. */
function openProgress(stream: NodeJS.WriteStream, count: number) {
  const start = Date.now()
  let before = 0
  let steps = 0
  return {
    open: (index: number, name: string) => {
      let rule = ''
      before += steps
      return (progress: CheckProgress): void => {
        steps = progress.done
        const { done, total } = progress
        const what = `[${index + 1}/${count}] ${oneLine(name, 50)} ${progress.rule}`
        if (stream.isTTY) {
          const perStep = (Date.now() - start) / 1000 / (before + done)
          const left = perStep * (total - done + (count - 1 - index) * total)
          const about = done === 0 ? '' : ` ${done}/${total}, about ${duration(left)} left`
          stream.write(`\r\u001b[K${colors.dim(oneLine(what + about, (stream.columns ?? 80) - 1))}`)
        } else if (progress.rule !== rule) stream.write(`${what}\n`)
        rule = progress.rule
      }
    },
    clear: (): void => void (stream.isTTY && stream.write('\r\u001b[K')),
  }
}

/** What was found out about a task, for a person: a line each, what speaks against it first. */
export function renderCheck(name: string, result: CheckResult, width: number): string {
  const { certificate, good, reasons, warnings, survivors } = result
  const mark = good ? colors.green('✔') : colors.red('✘')
  const line = (label: string, text: string, colour = (part: string): string => part): string =>
    wrap(text, Math.max(16, width - INDENT - LABEL))
      .map((part, index) => `${indent}${colour((index === 0 ? label : '').padEnd(LABEL))}${part}`)
      .join('\n')
  return [
    `${mark} ${colors.bold(oneLine(name, width - 14))}  ${good ? 'certified' : 'not good'}`,
    ...reasons.map(reason => line('against', reason, colors.red)),
    ...warnings.map(warning => line('look at', warning, colors.yellow)),
    ...factsOf(certificate).map(([label, text]) => line(label, text, colors.dim)),
    ...survivors.flatMap(({ description, diff }) => [
      line('survived', description, colors.yellow),
      ...diff
        .split('\n')
        .flatMap(code =>
          cut(code, width - 2 * INDENT).map(part => `${indent}${indent}${colourOf(code)(part)}`),
        ),
    ]),
  ].join('\n')
}

const INDENT = 2
const indent = ' '.repeat(INDENT)
const LABEL = 10

function factsOf({
  rounds,
  nopUnsolved,
  oracleSolved,
  busy,
  tests,
  level,
  mutants,
  budget,
  licence,
}: CheckResult['certificate']): [label: string, text: string][] {
  const facts: [string, string][] = [
    ['verdicts', `nothing ${nopUnsolved}/${rounds} unsolved, reference ${oracleSolved}/${rounds} solved`],
  ]
  if (busy !== null)
    facts.push([
      'busy',
      `nothing ${busy.nopUnsolved}/${busy.rounds} unsolved, reference ${busy.oracleSolved}/${busy.rounds} solved`,
    ])
  if (mutants !== null)
    facts.push([
      'mutants',
      `${mutants.killed}/${mutants.tried} wrong fixes found wrong, of ${mutants.possible} possible`,
    ])
  facts.push(['tests', `${tests}, ${level}`])
  if (budget !== null)
    facts.push([
      'needs',
      `${duration(budget.seconds.most)}, ${Math.ceil(budget.memoryMegabytes.most)} MB, ${budget.processes} ${budget.processes === 1 ? 'process' : 'processes'}; proposed ${budget.proposed.timeoutSeconds} s, ${budget.proposed.memoryMegabytes} MB`,
    ])
  facts.push(['licence', licence ?? 'none'])
  return facts
}

function colourOf(text: string): (part: string) => string {
  return text.startsWith('-') ? colors.red : text.startsWith('+') ? colors.green : colors.dim
}

/** A line of code keeps its blanks. */
function cut(code: string, width: number): string[] {
  const line = plain(code).replaceAll('\t', '  ')
  const parts = Math.max(1, Math.ceil(line.length / width))
  return Array.from({ length: parts }, (_, index) => line.slice(index * width, (index + 1) * width))
}

function wrap(text: string, width: number): string[] {
  const words = plain(text).split(/\s+/).filter(Boolean)
  const lines = ['']
  for (const word of words.flatMap(one => cut(one, width))) {
    const last = lines.at(-1)!
    if (last === '') lines[lines.length - 1] = word
    else if (last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
