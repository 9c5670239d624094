import { joinFiles, splitFiles } from '../../sandbox/archive.ts'
import type { Patch } from '../../sandbox/patch.ts'
import { parseChanges } from '../../task-bank/checks/changes.ts'
import { listMutants, renderMutant } from '../../task-bank/checks/mutants.ts'
import { tryWithoutCommands } from './commands.ts'
import type { CheckContext, Measured, Rule } from './rule.ts'
import { isWarmable, judgePatch } from './trial.ts'

const MOST = 12
/** So few say nothing about the tests; and of more, so many must be found wrong. */
const TELLING = 5
const LEAST_SCORE = 0.5

/** Wrong fixes that are nearly the reference must be unsolved: tests that take them for right ask for too little. */
export const mutants: Rule = {
  name: 'mutants',
  isSlow: true,
  steps: () => MOST,
  async run(context) {
    const { possible, tried, killed } = await tryAll(context)
    const score = `${killed} of ${tried} wrong fixes are found wrong`
    if (tried === 0)
      context.warn('no wrong fix could be made of the reference: it is too small, or of no known language')
    else if (tried >= TELLING && killed < LEAST_SCORE * tried)
      context.reason(`only ${score}: the hidden tests ask for too little; add a test for each that is listed`)
    else if (killed < tried) context.warn(`${score}; a test may be missing for each that is listed`)
    return { mutants: { possible, tried, killed } }
  },
}

type Counts = NonNullable<Measured['mutants']>

async function tryAll(context: CheckContext): Promise<Counts> {
  const { prepared, reference, slot, survived, step } = context
  if (!isWarmable(context)) return await tryWithoutCommands(context, MOST)
  if (reference === undefined) return { possible: 0, tried: 0, killed: 0 }
  const texts = textsOf(reference)
  const changes = parseChanges(reference.diff.toString())
  const { possible, drawn } = await listMutants({ changes, texts, seed: prepared.task.digest, limit: MOST })
  let killed = 0
  for (const [index, { kind, file, line, description, text }] of drawn.entries()) {
    const judged = judgePatch(context, { ...reference, files: replace(reference, file, text) })
    if (index < drawn.length - 1) slot.warm(prepared, ['verify'])
    const { verdict } = await judged
    step()
    if (verdict.verdict !== 'solved') killed += 1
    else survived({ kind, file, line, description, diff: renderMutant({ file, text }, texts.get(file)!) })
  }
  return { possible, tried: drawn.length, killed }
}

function textsOf({ files }: Patch): Map<string, string> {
  return new Map(
    [...splitFiles(files)].flatMap(({ entry, content }) =>
      entry.kind === 'file' && !content.includes(0)
        ? [[entry.path, Buffer.from(content).toString()] as const]
        : [],
    ),
  )
}

function replace({ files }: Patch, file: string, text: string): Patch['files'] {
  return joinFiles(
    [...splitFiles(files)].map(({ entry, content }) => ({
      path: entry.path,
      mode: entry.mode,
      content: entry.path === file ? Buffer.from(text) : content,
    })),
  )
}
