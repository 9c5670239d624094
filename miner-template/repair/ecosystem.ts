import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context, Shell } from '../../agent-runtime/index.ts'
import { openNode } from './node.ts'
import { openPython } from './python.ts'
import { type Example, findExamples } from './statement.ts'

export type Language = 'python' | 'node'
/** File → text. */
export type Texts = ReadonlyMap<string, string>

export interface Run {
  readonly passed: readonly string[]
  /** Test → what it said when it failed. */
  readonly failed: ReadonlyMap<string, string>
  readonly coverage: Answer['coverage']
  readonly seconds: number
}

/** What a probe, the part that runs inside the tested process, writes down. */
export interface Answer {
  /** Test → null when it passed, else what it said. */
  readonly results: Readonly<Record<string, string | null>>
  /** Test → file → the 1-based lines it ran; the empty name stands for what importing ran. */
  readonly coverage: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
}

export interface Limits {
  readonly secondsEach: number
  readonly seconds: number
}

/** The part of an ecosystem that differs between languages; it leaves changed files behind. */
export interface Runner {
  readonly run: (limits: Limits, coverage: boolean) => Promise<Answer>
  /** For each candidate, which of `tests` pass; ends after the first that passes all, or out of time. */
  readonly trial: (
    candidates: readonly Texts[],
    tests: readonly string[],
    limits: Limits,
  ) => Promise<string[][]>
}

/** What a runner is made from. Everything of ours lies in `scratch`, outside the repository. */
export interface Workshop {
  readonly shell: Shell
  readonly workdir: string
  readonly scratch: string
  readonly files: readonly string[]
  readonly tests: readonly string[]
  readonly sources: Texts
  readonly examples: readonly Example[]
  readonly write: (texts: Texts) => void
  readonly restore: (texts: Texts) => void
}

/** A repository seen through its tests. Only `keep` changes the tree for good. */
export interface Ecosystem extends Pick<Runner, 'trial'> {
  readonly language: Language
  readonly sources: Texts
  /** Runs every visible test: with coverage as the tree is, or without on `texts`. */
  readonly run: (texts?: Texts) => Promise<Run>
  readonly keep: (texts: Texts) => void
  readonly close: () => Promise<void>
}

const SOURCE = { python: /\.py$/, node: /(?<!\.d)\.[cm]?[jt]s$/ }
const TEST = {
  python: /(^|\/)(test_[^/]*|[^/]*_test)\.py$/,
  node: /(^|\/)(test\/.*|test|test-[^/]*|[^/]*[.\-_]test)\.[cm]?[jt]s$/,
}
const NO_SOURCE = /(^|\/)(tests?|__tests__|node_modules|conftest\.py|setup\.py)(\/|$)/

export async function openEcosystem({ shell, task, budget }: Context): Promise<Ecosystem | undefined> {
  const { workdir, problemStatement } = task
  const files = (await shell('git ls-files -co --exclude-standard')).stdout.split('\n').filter(Boolean)
  const testsOf = (l: Language): string[] =>
    files.filter(name => TEST[l].test(name) && !/node_modules/.test(name))
  const language = testsOf('python').length >= testsOf('node').length ? 'python' : 'node'
  const tests = testsOf(language)
  if (tests.length === 0) return undefined

  const sources = new Map<string, string>()
  for (const name of files) {
    if (!SOURCE[language].test(name) || TEST[language].test(name) || NO_SOURCE.test(name)) continue
    sources.set(name, readFileSync(join(workdir, name), 'utf8'))
  }
  const write = (texts: Texts): void => {
    for (const [name, text] of texts) writeFileSync(join(workdir, name), text)
  }
  const restore = (texts: Texts): void => {
    write(new Map([...texts.keys()].map(name => [name, sources.get(name)!])))
  }
  const changed = async (): Promise<string[]> =>
    (await shell('git status --porcelain -uall')).stdout.split('\n')
  const before = new Set(await changed())
  const kept = new Set<string>()
  const scratch = mkdtempSync(join(tmpdir(), 'repair-'))
  const examples = findExamples(problemStatement, sources, { language, workdir })
  const workshop = { shell, workdir, scratch, files, tests, sources, examples, write, restore }
  const runner = language === 'python' ? openPython(workshop) : openNode(workshop)

  return {
    language,
    sources,
    async run(texts = new Map()) {
      const start = Date.now()
      write(texts)
      try {
        const limits = { secondsEach: 10, seconds: budget.secondsLeft() / 2 }
        const answer = await runner.run(limits, texts.size === 0)
        return judge(answer, { examples, sources, seconds: (Date.now() - start) / 1000 })
      } finally {
        restore(texts)
      }
    },
    async trial(candidates, ids, limits) {
      try {
        return await runner.trial(candidates, ids, limits)
      } finally {
        for (const texts of candidates) restore(texts)
      }
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
      for (const line of await changed()) {
        const name = line.slice(3)
        if (line === '' || before.has(line) || kept.has(name)) continue
        await shell(line.startsWith('??') ? 'rm -f -- "$NAME"' : 'git checkout -- "$NAME"', {
          env: { NAME: name },
        })
      }
    },
  }
}

/** An example counts only while every test passes, and only if it fails by being wrong rather than by not running. */
function judge(
  { results, coverage }: Answer,
  { examples, sources, seconds }: { examples: readonly Example[]; sources: Texts; seconds: number },
): Run {
  const isExample = (id: string): boolean => examples.some(example => id.includes(example.id))
  const all = Object.entries(results)
  const failed = all.flatMap(([id, said]) => (said === null ? [] : [[id, said] as const]))
  const tests = failed.filter(([id]) => !isExample(id))
  const wrong = failed.filter(
    ([, said]) => /Assertion/.test(said) || [...sources.keys()].some(name => said.includes(name)),
  )
  return {
    passed: all.flatMap(([id, said]) => (said === null && !isExample(id) ? [id] : [])),
    failed: new Map(tests.length > 0 ? tests : wrong),
    coverage,
    seconds,
  }
}
