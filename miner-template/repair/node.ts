import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Runner, Workshop } from './ecosystem.ts'

/** Runs each test file with `node` in a process of its own. An id is `file > suite > test`. */
export function openNode({
  shell,
  workdir,
  scratch,
  sources,
  tests,
  examples,
  write,
  restore,
}: Workshop): Runner {
  const [probe, job, answer] = ['probe.mjs', 'job.json', 'answer.json'].map(name => join(scratch, name)) as [
    string,
    string,
    string,
  ]
  const flags = findFlags(workdir)
  const exampleFiles = examples.map(({ id }) => join(scratch, `${id}.mjs`))
  writeFileSync(probe, PROBE)
  examples.forEach(({ code }, i) => {
    writeFileSync(exampleFiles[i]!, code)
  })

  async function ask(order: {
    file: string
    names: string[]
    coverage: boolean
    seconds: number
  }): Promise<Answer> {
    // Only the outermost name: a subtest does not run unless its parent does.
    const only = order.names.map(
      name => `--test-name-pattern=${quote(`^${name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`)}`,
    )
    const options = [
      ...flags,
      '--max-old-space-size=512',
      '--import',
      probe,
      '--test-reporter=dot',
      ...new Set(only),
    ]
    writeFileSync(job, JSON.stringify({ root: workdir, sources: [...sources.keys()], answer, ...order }))
    rmSync(answer, { force: true })
    await shell(`exec node ${options.join(' ')} ${quote(order.file)}`, {
      timeoutSeconds: order.seconds,
      env: { REPAIR_JOB: job },
    })
    return existsSync(answer)
      ? JSON.parse(readFileSync(answer, 'utf8'))
      : { results: { [order.file]: 'It did not end' }, coverage: {} }
  }

  return {
    async run(limits, coverage) {
      const answers: Answer[] = []
      for (const file of [...tests, ...exampleFiles]) {
        answers.push(await ask({ file, names: [], coverage, seconds: limits.secondsEach }))
      }
      return merge(answers)
    },
    async trial(candidates, ids, { secondsEach, seconds }) {
      const end = Date.now() + seconds * 1000
      const files = new Set(ids.map(id => id.split(' > ')[0]!))
      const passed: string[][] = []
      for (const texts of candidates) {
        if (Date.now() > end) break
        write(texts)
        const answers: Answer[] = []
        for (const file of files) {
          const names = ids.flatMap(id => (id.startsWith(`${file} > `) ? [id.split(' > ')[1]!] : []))
          answers.push(await ask({ file, names, coverage: false, seconds: secondsEach }))
        }
        restore(texts)
        const { results } = merge(answers)
        passed.push(ids.filter(id => results[id] === null))
        if (passed.at(-1)!.length === ids.length) break
      }
      return passed
    },
  }
}

function merge(answers: readonly Answer[]): Answer {
  const coverage: Record<string, Record<string, readonly number[]>> = {}
  for (const answer of answers) {
    for (const [id, lines] of Object.entries(answer.coverage)) coverage[id] = { ...coverage[id], ...lines }
  }
  return { results: Object.assign({}, ...answers.map(answer => answer.results)), coverage }
}

/** Loaders and conditions that the project's own test script gives to node. */
function findFlags(workdir: string): string[] {
  const path = join(workdir, 'package.json')
  const script: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).scripts?.test : undefined
  const found = /\bnode\s+(.*)/.exec(typeof script === 'string' ? script.replace(/&&.*/, '') : '')?.[1] ?? ''
  const flag =
    /(?:^|\s)((?:--import|--require|--loader|--conditions|-r|-C)[ =]\S+|--experimental-[\w-]+|--no-[\w-]+)/g
  return [...found.matchAll(flag)].map(match => match[1]!)
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
const sources = new Set(job.sources)
const results = {}
const coverage = {}
const session = new Session()
let crash = ''

session.connect()
if (job.coverage) {
  session.post('Profiler.enable')
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
}
beforeEach(() => take(''))
afterEach(context => {
  const id = job.file + ' > ' + context.fullName
  take(id)
  results[id] = context.passed ? null : String(context.error?.cause?.stack ?? context.error?.stack ?? 'It failed')
})
process.on('uncaughtExceptionMonitor', error => { crash = String(error?.stack ?? error) })
process.on('exit', code => {
  const isPlain = Object.keys(results).length === 0
  if (isPlain) take(job.file)
  results[job.file] = isPlain && code !== 0 ? crash || 'It ended with ' + code : null
  writeFileSync(job.answer, JSON.stringify({ results, coverage }))
})

/** Adds what ran since the last call; taking resets the counters. */
function take(id) {
  if (!job.coverage) return
  session.post('Profiler.takePreciseCoverage', (_, { result }) => {
    for (const { url, functions } of result) {
      const name = url.startsWith('file://') ? relative(job.root, fileURLToPath(url)) : ''
      if (!sources.has(name)) continue
      const lines = new Set([...(coverage[id]?.[name] ?? []), ...linesOf(name, functions)])
      if (lines.size > 0) coverage[id] = { ...coverage[id], [name]: [...lines] }
    }
  })
}

/** Ranges nest, so that painting from the widest to the narrowest leaves each place with its own count. */
function linesOf(name, functions) {
  const text = readFileSync(name, 'utf8')
  const ran = new Uint8Array(text.length)
  const ranges = functions.flatMap(({ ranges }) => ranges)
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  let offset = 0
  return text.split('\n').flatMap((line, i) => {
    const start = offset
    offset += line.length + 1
    return /[^\s{}()[\];,]/.test(line) && [...line].some((c, j) => ran[start + j] && /\S/.test(c)) ? [i + 1] : []
  })
}
`
