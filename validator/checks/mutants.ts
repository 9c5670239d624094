import { joinFiles, splitFiles } from '../../sandbox/archive.ts'
import type { Patch } from '../../sandbox/patch.ts'
import { parseChanges } from '../../task-bank/checks/changes.ts'
import { listMutants, renderMutant } from '../../task-bank/checks/mutants.ts'
import type { Rule } from './rule.ts'
import { isWarmable, judgePatch } from './trial.ts'

const MOST = 12
/** So few say nothing about the tests; and of more, so many must be found wrong. */
const TELLING = 5
const LEAST_SCORE = 0.6

/** Wrong fixes that are nearly the reference must be unsolved: tests that take them for right ask for too little. */
export const mutants: Rule = {
  name: 'mutants',
  isSlow: true,
  steps: () => MOST,
  async run(context) {
    const { prepared, reason, warn, survived, reference, slot } = context
    if (!isWarmable(context)) {
      warn('no wrong fixes were tried: only what a patch changes can be made wrong')
      return { mutants: null }
    }
    if (reference === undefined) return { mutants: null }
    const texts = textsOf(reference)
    const changes = parseChanges(reference.diff.toString())
    const { possible, drawn } = await listMutants({ changes, texts, seed: prepared.task.digest, limit: MOST })
    let killed = 0
    for (const [index, mutant] of drawn.entries()) {
      const { file, text } = mutant
      const sandbox = judgePatch(context, { ...reference, files: replace(reference, file, text) })
      if (index < drawn.length - 1) slot.warm(prepared, ['verify'])
      const { verdict } = await sandbox
      context.step()
      if (verdict.verdict === 'solved') {
        const { kind, line, description } = mutant
        survived({ kind, file, line, description, diff: renderMutant(mutant, texts.get(file)!) })
      } else killed += 1
    }
    const score = `${killed} of ${drawn.length} wrong fixes are found wrong`
    if (drawn.length === 0) warn('no wrong fix could be made of the reference: its language is not known')
    else if (drawn.length >= TELLING && killed < LEAST_SCORE * drawn.length)
      reason(`only ${score}: the hidden tests ask for too little; add a test for each that is listed`)
    else if (killed < drawn.length) warn(`${score}; a test may be missing for each that is listed`)
    return { mutants: { possible, tried: drawn.length, killed } }
  },
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
