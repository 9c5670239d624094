import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Order, Runner, Workshop } from './ecosystem.ts'

/** Runs each test file in a process of its own. An id is `file > suite > test`, or `file` for what is no test. */
export function openNode(workshop: Workshop): Runner {
  const { shell, workdir: root, scratch, sources, tests, examples, write, restore } = workshop
  const at = (name: string): string => join(scratch, name)
  const programs = [...examples].map(([name, code]) => [at(`${name}.mjs`), code] as const)
  const flags = `${findFlags(root)} --max-old-space-size=512 --import ${at('probe.mjs')} --test-reporter=dot`
  write(new Map([...programs, [at('probe.mjs'), PROBE]]))

  async function runFile(file: string, { ids = [], coverage, secondsEach }: Order): Promise<Answer> {
    // Only the outermost names: a subtest does not run unless its parent does.
    const names = ids.flatMap(id => (id.startsWith(`${file} > `) ? [id.split(' > ')[1]!] : []))
    const only = [...new Set(names)].map(name => `--test-name-pattern=^${name.replace(/[^\w ]/g, '\\$&')}`)
    const job = { file, coverage, root, sources: [...sources.keys()], answer: at('answer.json') }
    writeFileSync(at('job.json'), JSON.stringify(job))
    rmSync(job.answer, { force: true })
    const timeoutSeconds = Math.min(10, secondsEach)
    const env = { REPAIR_JOB: at('job.json') }
    await shell(`exec node ${flags} ${[...only, file].map(quote).join(' ')}`, { timeoutSeconds, env })
    if (!existsSync(job.answer)) return { results: { [file]: 'It did not end' }, coverage: {} }
    return JSON.parse(readFileSync(job.answer, 'utf8'))
  }

  return async order => {
    const end = Date.now() + order.seconds * 1000
    const files = order.ids?.map(id => id.split(' > ')[0]!) ?? [...tests, ...programs.map(([path]) => path)]
    const answers: Answer[] = []
    for (const texts of order.candidates) {
      const parts: Answer[] = []
      write(texts)
      for (const file of new Set(files)) parts.push(await runFile(file, order))
      restore(texts)
      const answer = merge(parts)
      answers.push(answer)
      if (order.ids?.every(id => answer.results[id] === null) || Date.now() > end) break
    }
    return answers
  }
}

function merge(parts: readonly Answer[]): Answer {
  const coverage: Record<string, Answer['coverage'][string]> = {}
  for (const [id, lines] of parts.flatMap(part => Object.entries(part.coverage))) {
    coverage[id] = { ...coverage[id], ...lines }
  }
  return { results: Object.assign({}, ...parts.map(part => part.results)), coverage }
}

/** Loaders and conditions that the project's own test script gives to node. */
function findFlags(workdir: string): string {
  const path = join(workdir, 'package.json')
  const script = existsSync(path) ? String(JSON.parse(readFileSync(path, 'utf8')).scripts?.test ?? '') : ''
  const flag =
    /(?<=\bnode\s.*)(?:(?:--import|--require|--loader|--conditions|-r|-C)[ =]|--experimental-|--no-)\S+/g
  return (script.match(flag) ?? []).join(' ')
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

const PROBE = String.raw`
import { readFileSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector'
import { relative } from 'node:path'
import { afterEach, beforeEach } from 'node:test'
import { fileURLToPath } from 'node:url'

const job = JSON.parse(readFileSync(process.env.REPAIR_JOB, 'utf8'))
const results = {}
const coverage = {}
const session = new Session()
let crash = 'It failed'

session.connect()
if (job.coverage) {
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
}
beforeEach(() => take(''))
afterEach(({ fullName, passed, error }) => {
  const id = job.file + ' > ' + fullName
  take(id)
  results[id] = passed ? null : String(error?.cause?.stack ?? error)
})
process.on('uncaughtExceptionMonitor', error => { crash = String(error?.stack ?? error) })
process.on('exit', code => {
  const isPlain = Object.keys(results).length === 0
  if (isPlain) take(job.file)
  results[job.file] = isPlain && code !== 0 ? crash : null
  writeFileSync(job.answer, JSON.stringify({ results, coverage }))
})

/** Adds what ran since the last call; taking resets the counters. */
function take(id) {
  if (!job.coverage) return
  session.post('Profiler.takePreciseCoverage', (_, { result }) => {
    for (const { url, functions } of result) {
      const name = url.startsWith('file://') ? relative(job.root, fileURLToPath(url)) : ''
      if (!job.sources.includes(name)) continue
      const lines = new Set([...(coverage[id]?.[name] ?? []), ...linesOf(name, functions)])
      if (lines.size > 0) coverage[id] = { ...coverage[id], [name]: [...lines] }
    }
  })
}

/** Ranges nest: painting from the widest to the narrowest leaves each place with its own count. */
function linesOf(name, functions) {
  const text = readFileSync(name, 'utf8')
  const ran = new Uint8Array(text.length)
  const ranges = functions.flatMap(({ ranges }) => ranges)
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  let end = -1
  return text.split('\n').flatMap((line, i) => {
    const start = end + 1
    end = start + line.length
    return [...line.matchAll(/[\w"']/g)].some(({ index }) => ran[start + index]) ? [i + 1] : []
  })
}
`
