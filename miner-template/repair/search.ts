import type { Context } from 'arete'
import type { Ecosystem, Observed, Texts } from './ecosystem.ts'
import { mutate } from './mutate.ts'
import type { Suspect } from './spectrum.ts'

interface Fix {
  readonly change: Change
  readonly texts: Texts
}

interface Change {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly from: string
  readonly to: string
  readonly score: number
}

interface World {
  readonly ecosystem: Ecosystem
  readonly observed: Observed
  readonly suspects: readonly Suspect[]
  readonly statement: string
  readonly secondsLeft: () => number
  readonly log: Context['log']
}

const BATCH = 50
/** Lines worth changing, and lines around one whose names are in scope there. */
const SUSPECTS = 150
const NEARBY = 12
/** Changes tried in the hope of mending all failing tests, once one is known that mends some. */
const PATIENCE = 150

/** Finds the change that mends the most failing tests, and breaks none; likely slips on suspicious lines come first. */
export async function search(world: World): Promise<Fix | undefined> {
  const { ecosystem, observed, secondsLeft, log } = world
  const ids = [...observed.failed.keys()].slice(0, 20)
  const secondsToCheck = 2 + 2 * observed.seconds
  const secondsEach = Math.min(10, 1 + 4 * observed.seconds)
  const changes = propose(world)
  const partial: (Fix & { readonly mended: number })[] = []
  let end = changes.length

  for (let next = 0; next < end && secondsLeft() > secondsToCheck; ) {
    const batch = changes
      .slice(next, next + BATCH)
      .map(change => ({ change, texts: render(change, ecosystem.sources) }))
    const candidates = batch.map(({ texts }) => texts)
    const answers = await ecosystem.run({
      candidates,
      ids,
      secondsEach,
      seconds: Math.min(30, secondsLeft() - secondsToCheck),
    })
    for (const [i, { results }] of answers.entries()) {
      const mended = ids.filter(id => results[id] === null).length
      if (mended === ids.length && (await isSafe(batch[i]!, world))) return batch[i]
      if (mended > 0 && mended < ids.length) partial.push({ ...batch[i]!, mended })
    }
    next += Math.max(1, answers.length)
    if (partial.length > 0) end = Math.min(end, next + PATIENCE)
    log('Tried changes', { tried: next, of: end, secondsLeft: Math.round(secondsLeft()) })
  }
  for (const fix of partial.sort((a, b) => b.mended - a.mended)) if (await isSafe(fix, world)) return fix
  return undefined
}

function propose({ ecosystem: { sources, language }, suspects, statement }: World): Change[] {
  const changes = suspects.slice(0, SUSPECTS).flatMap(({ file, line, score }) => {
    const rows = sources.get(file)!.split('\n')
    const from = rows[line - 1]!
    const nearby = rows.slice(Math.max(0, line - 1 - NEARBY), line + NEARBY).join('\n')
    const mutations = mutate(from, { language, nearby, statement })
    return mutations.map(({ text, prior }) => ({ file, line, from, to: text, score: score * prior }))
  })
  return changes.sort((a, b) => b.score - a.score)
}

function render({ file, line, to }: Change, sources: Texts): Texts {
  return new Map([
    [
      file,
      sources
        .get(file)!
        .split('\n')
        .with(line - 1, to)
        .join('\n'),
    ],
  ])
}

/** Whether every test that passed still passes. */
async function isSafe({ texts }: Fix, { ecosystem, observed, secondsLeft }: World): Promise<boolean> {
  const seconds = secondsLeft()
  if (seconds <= 0) return false
  const [answer] = await ecosystem.run({
    candidates: [texts],
    seconds,
    secondsEach: 10 + 3 * observed.seconds,
  })
  return observed.passed.every(id => answer?.results[id] === null)
}
