import type { Fault } from '../../task-bank/faults/fault.ts'
import { languageOf } from '../../task-bank/faults/syntax.ts'
import { readFailure } from '../../task-bank/synth/failure.ts'
import type { Result } from '../../task-bank/synth/judge.ts'
import { privateWords } from '../../task-bank/synth/private.ts'
import { cutScene } from '../../task-bank/synth/scene.ts'
import { type Case, writeStatement } from '../../task-bank/synth/statement.ts'
import type { Ground } from './ground.ts'

/** From so many failing tests on a second one is told: the others stay for whoever repairs only what was told. */
const TELL_TWO = 4

/** Describes what failing tests saw; undefined if none of them can be told without telling where the fault is. */
export async function tellFault(
  ground: Ground,
  fault: Fault,
  failing: readonly Result[],
): Promise<string | undefined> {
  const words = await privateWords(fault, ground.code)
  const told: { statement: string; one: Case }[] = []
  for (const { id, message } of failing) {
    const file = id.split('::')[0]!
    const failure = readFailure(file, message)
    const text = ground.files.get(file)?.content.toString()
    const language = languageOf(file)
    if (failure === undefined || text === undefined || language === undefined) continue
    const scene = await cutScene(text, language, failure.line)
    if (scene === undefined) continue
    const one = { scene, failure }
    const statement = writeStatement([one], word => words.has(word))
    if (statement !== undefined) told.push({ statement, one })
  }
  // The shortest says it best, and says the least of the others.
  const sorted = told.toSorted((one, other) => one.statement.length - other.statement.length)
  const cases = sorted.filter(({ statement }, index) => index === 0 || statement !== sorted[0]!.statement)
  return writeStatement(
    cases.slice(0, failing.length >= TELL_TWO ? 2 : 1).map(({ one }) => one),
    word => words.has(word),
  )
}
