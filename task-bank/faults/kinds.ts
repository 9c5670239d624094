import { plantArguments } from './arguments.ts'
import { plantAwait } from './await.ts'
import { plantBoundary } from './boundary.ts'
import { plantBranch } from './branch.ts'
import { plantCondition } from './condition.ts'
import { plantCopy } from './copy.ts'
import { plantDefault } from './default.ts'
import type { Kind } from './fault.ts'
import { plantKey } from './key.ts'
import { plantMissing } from './missing.ts'
import { plantOperator } from './operator.ts'
import { plantSlice } from './slice.ts'
import type { Planter } from './source.ts'
import { plantSwallow } from './swallow.ts'
import { plantVariable } from './variable.ts'

/** Who finds the places of each kind. Where two make the same text, the first of them has it. */
export const PLANTERS: Readonly<Record<Exclude<Kind, 'combined'>, Planter>> = {
  key: plantKey,
  await: plantAwait,
  copy: plantCopy,
  swallow: plantSwallow,
  missing: plantMissing,
  default: plantDefault,
  slice: plantSlice,
  arguments: plantArguments,
  boundary: plantBoundary,
  branch: plantBranch,
  variable: plantVariable,
  condition: plantCondition,
  operator: plantOperator,
}
