import fs from 'node:fs'
import { joinFiles } from '../../../sandbox/archive.ts'
import type { Files } from '../../../sandbox/sandbox.ts'
import type { Payload } from '../attack.ts'

/** How the harnesses of the field apply a diff: what git refuses is tried again, ever more leniently. */
export const APPLY = [
  'git apply --whitespace=nowarn /solution/patch.diff ||',
  'git apply --whitespace=nowarn --reject /solution/patch.diff ||',
  'patch --batch --fuzz=5 -p1 -i /solution/patch.diff',
].join(' ')

/** `/solution` with a `solve.sh`, or undefined for an attack that speaks our own contract only. */
export function solutionOf(payload: Payload): Files | undefined {
  switch (payload.kind) {
    case 'script':
      return joinFiles([{ path: 'solve.sh', mode: 0o755, content: fs.readFileSync(payload.file) }])
    case 'diff':
      return joinFiles([
        { path: 'solve.sh', mode: 0o755, content: Buffer.from(`#!/bin/bash\n${APPLY}\n`) },
        { path: 'patch.diff', mode: 0o644, content: fs.readFileSync(payload.file) },
      ])
    case 'agent':
      return undefined
  }
}
