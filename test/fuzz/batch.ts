import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { checkOne, type Target } from './target.ts'

/** A case that breaks the law of a target. */
export interface Failure {
  readonly seed: number
  readonly message: string
  /** The smallest one that was found, as it goes into a fixture. */
  readonly counterexample: string
}

const FIXTURES = path.join(import.meta.dirname, 'fixtures')

/** Tries `cases` cases that follow from `seed`; `onCase` is told before each. */
export async function runBatch(
  target: Target,
  options: { seed: number; cases: number; onCase?: () => void },
): Promise<Failure | undefined> {
  using scratch = openScratch()
  const property = fc.asyncProperty(target.cases, async value => {
    options.onCase?.()
    await checkOne(target, value, scratch.path)
  })
  const { seed, cases } = options
  const run = await fc.check(property, { seed, numRuns: cases })
  if (!run.failed) return undefined
  const { errorInstance: error, counterexample } = run
  return {
    seed,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    counterexample: JSON.stringify(counterexample?.[0]),
  }
}

/** Tries one case that was kept. */
export async function runFixture(target: Target, file: string): Promise<void> {
  using scratch = openScratch()
  await checkOne(target, JSON.parse(fs.readFileSync(file, 'utf8')), scratch.path)
}

/** Cases that once broke the law of a target. */
export function listFixtures(target: Target): string[] {
  const folder = path.join(FIXTURES, target.name)
  return fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .sort()
        .map(name => path.join(folder, name))
    : []
}

/** What a person needs to mend it and to keep the case. */
export function renderFailure(target: Target, { seed, message, counterexample }: Failure): string {
  const name = createHash('sha256').update(counterexample).digest('hex').slice(0, 8)
  const file = path.relative(process.cwd(), path.join(FIXTURES, target.name, `${name}.json`))
  return [
    `${target.name} fails with seed ${seed}: ${message}`,
    '',
    `Counterexample, for ${file}:`,
    counterexample,
    '',
    `Again: npm run fuzz -- --target ${target.name} --seed ${seed}`,
  ].join('\n')
}

function openScratch(): { readonly path: string } & Disposable {
  const folder = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'arete-fuzz-'))
  return { path: folder, [Symbol.dispose]: () => fs.rmSync(folder, { recursive: true, force: true }) }
}
