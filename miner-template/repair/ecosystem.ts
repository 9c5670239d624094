import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Context, Shell } from 'arete'
import { openNode } from './node.ts'
import { openPython, SECONDS_PER_TEST } from './python.ts'
import { findExamples } from './statement.ts'

export type Language = 'python' | 'node'
/** File → text. */
export type Texts = ReadonlyMap<string, string>
/** Test → file → the 1-based lines it ran; the empty name stands for what importing ran. */
type Coverage = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>

/** One run of tests. */
export interface Answer {
  /** Test → null when it passed, else what it said. */
  readonly results: Readonly<Record<string, string | null>>
  readonly coverage: Coverage
}

export interface Order {
  /** Changes to run the tests on, one after the other, until one passes all of `ids`. */
  readonly candidates: readonly Texts[]
  /** Every test unless told. */
  readonly ids?: readonly string[]
  readonly coverage?: boolean
  readonly seconds: number
  readonly secondsEach: number
}

export type Runner = (order: Order) => Promise<Answer[]>

/** What a runner is made from; what it writes goes to `scratch`, outside the repository. */
export interface Workshop {
  readonly shell: Shell
  readonly workdir: string
  readonly scratch: string
  readonly tests: readonly string[]
  readonly sources: Texts
  /** Name → program that throws. */
  readonly examples: Texts
  readonly write: (texts: Texts) => void
  readonly restore: (texts: Texts) => void
}

export interface Observed {
  readonly passed: readonly string[]
  /** Test → what it said. */
  readonly failed: ReadonlyMap<string, string>
  readonly coverage: Coverage
  /** What the run took, without tests that hang. */
  readonly seconds: number
}

/** A repository seen through its tests. Only `keep` changes the tree for good. */
export interface Ecosystem {
  readonly language: Language
  readonly sources: Texts
  readonly run: Runner
  readonly observe: (seconds: number) => Promise<Observed>
  readonly keep: (texts: Texts) => void
  readonly close: () => Promise<void>
}

const SOURCE = { python: /\.py$/, node: /(?<!\.d)\.[cm]?[jt]s$/ }
const TEST = {
  python: /(^|\/)(test_[^/]*|[^/]*_test)\.py$/,
  node: /(^|\/)(test\/.*|test|test-[^/]*|[^/]*[._-]test)(?<!\.d)\.[cm]?[jt]s$/,
}
const NEITHER = /(^|\/)node_modules\//
const HELPER = /(^|\/)(tests?|__tests__)\/|(^|\/)(conftest|setup)\.py$/

export async function openEcosystem({
  shell,
  task: { workdir, problemStatement },
}: Context): Promise<Ecosystem | undefined> {
  const lines = async (command: string): Promise<string[]> =>
    (await shell(command)).stdout.split('\n').filter(Boolean)
  const files = (await lines('git ls-files -co --exclude-standard')).filter(name => !NEITHER.test(name))
  const [python, node] = [
    files.filter(name => TEST.python.test(name)),
    files.filter(name => TEST.node.test(name)),
  ]
  const [language, tests]: [Language, string[]] =
    python.length >= node.length ? ['python', python] : ['node', node]
  if (tests.length === 0) return undefined

  const isSource = (name: string): boolean =>
    SOURCE[language].test(name) && !tests.includes(name) && !HELPER.test(name)
  const sources = new Map(
    files.filter(isSource).map(name => [name, readFileSync(join(workdir, name), 'utf8')]),
  )
  const write = (texts: Texts): void => {
    for (const [name, text] of texts) writeFileSync(resolve(workdir, name), text)
  }
  const restore = (texts: Texts): void =>
    write(new Map([...texts.keys()].map(name => [name, sources.get(name)!])))
  const kept = new Set<string>()
  const before = new Set(await lines('git status --porcelain -uall'))
  const scratch = mkdtempSync(join(tmpdir(), 'repair-'))
  const examples = findExamples(problemStatement, sources, { language, workdir })
  const open = language === 'python' ? openPython : openNode
  const runner = open({ shell, workdir, scratch, tests, sources, examples, write, restore })

  return {
    language,
    sources,
    async run(order) {
      try {
        return await runner(order)
      } finally {
        for (const texts of order.candidates) restore(texts)
      }
    },
    async observe(seconds) {
      const start = Date.now()
      const [answer] = await runner({
        candidates: [new Map()],
        coverage: true,
        seconds,
        secondsEach: seconds,
      })
      return judge(answer, sources, (Date.now() - start) / 1000)
    },
    keep(texts) {
      write(texts)
      for (const [name, text] of texts) {
        sources.set(name, text)
        kept.add(name)
      }
    },
    async close() {
      rmSync(scratch, { recursive: true, force: true })
      // Tests may leave files behind, and whatever is left in the tree is the patch.
      for (const line of await lines('git status --porcelain -uall')) {
        const name = line.slice(3)
        if (before.has(line) || kept.has(name)) continue
        await shell(line.startsWith('??') ? 'rm -f -- "$NAME"' : 'git checkout -- "$NAME"', {
          env: { NAME: name },
        })
      }
    },
  }
}

/** An example counts only while every test passes, and only if it is wrong rather than unable to run. */
function judge(answer: Answer | undefined, sources: Texts, seconds: number): Observed {
  const isExample = (id: string): boolean => /\bexample-\d+(\.mjs)?$/.test(id)
  const ranCode = (said: string): boolean =>
    said.includes('AssertionError') || [...sources.keys()].some(name => said.includes(name))
  const results = Object.entries(answer?.results ?? {})
  const failed = results.filter((result): result is [string, string] => result[1] !== null)
  const tests = failed.filter(([id]) => !isExample(id))
  const examples = failed.filter(([id, said]) => isExample(id) && ranCode(said))
  return {
    passed: results.filter(([id, said]) => said === null && !isExample(id)).map(([id]) => id),
    failed: new Map(tests.length > 0 ? tests : examples),
    coverage: answer?.coverage ?? {},
    seconds: seconds - SECONDS_PER_TEST * failed.filter(([, said]) => said.includes('TestHangs')).length,
  }
}
