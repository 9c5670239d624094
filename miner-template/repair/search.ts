import type { Ecosystem, Run, Texts } from './ecosystem.ts'
import { mutate } from './mutate.ts'
import type { Suspect } from './spectrum.ts'

export interface Change {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly from: string
  readonly to: string
}

export interface Fix {
  readonly changes: readonly Change[]
  readonly texts: Texts
}

interface Candidate {
  readonly changes: readonly Change[]
  readonly score: number
}

interface World {
  readonly ecosystem: Ecosystem
  readonly run: Run
  readonly suspects: readonly Suspect[]
  readonly statement: string
  readonly secondsLeft: () => number
  readonly log: (message: string, data?: unknown) => void
}

const BATCH = 50
const SUSPECTS = 150
const NEARBY = 12
const PAIRED = 60

/**
 * Tries one change, then two at once, until all failing tests pass and no other breaks; failing that, what repairs
 * the most of them.
 */
export async function search(world: World): Promise<Fix | undefined> {
  const { ecosystem, run, secondsLeft, log } = world
  const failing = [...run.failed.keys()].slice(0, 20)
  const singles = proposeSingles(world)
  const partial: { candidate: Candidate; fixed: number }[] = []
  const isSafe = async (candidate: Candidate): Promise<boolean> => {
    const { passed } = await ecosystem.run(render(candidate, ecosystem.sources))
    return run.passed.every(id => passed.includes(id))
  }
  const secondsEach = Math.min(10, 2 + 3 * run.seconds)

  for (const candidates of [singles, proposePairs(singles.slice(0, PAIRED))]) {
    for (let next = 0; next < candidates.length && secondsLeft() > 0; ) {
      const batch = candidates.slice(next, next + BATCH)
      const texts = batch.map(candidate => render(candidate, ecosystem.sources))
      const tried = await ecosystem.trial(texts, failing, {
        secondsEach,
        seconds: Math.min(30, secondsLeft()),
      })
      for (const [i, { length: fixed }] of tried.entries()) {
        const candidate = batch[i]!
        if (fixed === failing.length && (await isSafe(candidate)))
          return buildFix(candidate, ecosystem.sources)
        if (fixed > 0) partial.push({ candidate, fixed })
      }
      next += Math.max(1, tried.length)
      log('Tried changes', { tried: next, of: candidates.length, seconds: Math.round(secondsLeft()) })
    }
    partial.sort((a, b) => b.fixed - a.fixed)
    for (const { candidate } of partial)
      if (await isSafe(candidate)) return buildFix(candidate, ecosystem.sources)
  }
  return undefined
}

function proposeSingles({ ecosystem: { sources, language }, suspects, statement }: World): Candidate[] {
  const candidates = suspects.slice(0, SUSPECTS).flatMap(({ file, line, score }) => {
    const lines = sources.get(file)!.split('\n')
    const from = lines[line - 1] ?? ''
    const nearby = lines.slice(Math.max(0, line - 1 - NEARBY), line + NEARBY).join('\n')
    return mutate(from, { language, nearby, statement }).map(({ text, prior }) => ({
      changes: [{ file, line, from, to: text }],
      score: score * prior,
    }))
  })
  return candidates.sort((a, b) => b.score - a.score)
}

function proposePairs(singles: readonly Candidate[]): Candidate[] {
  const pairs = singles.flatMap((a, i) =>
    singles.slice(i + 1).flatMap(b => {
      const isSameLine =
        a.changes[0]!.line === b.changes[0]!.line && a.changes[0]!.file === b.changes[0]!.file
      return isSameLine ? [] : [{ changes: [...a.changes, ...b.changes], score: a.score * b.score }]
    }),
  )
  return pairs.sort((a, b) => b.score - a.score)
}

function buildFix(candidate: Candidate, sources: Texts): Fix {
  return { changes: candidate.changes, texts: render(candidate, sources) }
}

function render({ changes }: Candidate, sources: Texts): Texts {
  const texts = new Map<string, string>()
  for (const { file, line, to } of changes) {
    const lines = (texts.get(file) ?? sources.get(file)!).split('\n')
    texts.set(file, lines.with(line - 1, to).join('\n'))
  }
  return texts
}
