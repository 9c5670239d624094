import { budget } from './budget.ts'
import { busy } from './busy.ts'
import { contents } from './contents.ts'
import { leaks } from './leaks.ts'
import { mutants } from './mutants.ts'
import { network } from './network.ts'
import type { Rule } from './rule.ts'
import { statement } from './statement.ts'
import { verdicts } from './verdicts.ts'
import { versions } from './versions.ts'

/** All that is found out about a task, in this order: the reference is run first, and later rules use what it changes. */
export const RULES: readonly Rule[] = [
  verdicts,
  leaks,
  statement,
  contents,
  network,
  versions,
  budget,
  mutants,
  busy,
]
