import fs from 'node:fs'
import path from 'node:path'
import { openTemporary } from '../../sandbox/temporary.ts'
import { listCommands, without } from '../../task-bank/checks/commands.ts'
import { evaluate } from '../evaluate.ts'
import type { CheckContext } from './rule.ts'

const SCRIPT = 'solve.sh'

/**
 * Where the state of a machine is judged there is no patch to be made wrong. Instead the reference is run without one of its
 * commands at a time.
 */
export async function tryWithoutCommands(
  context: CheckContext,
  most: number,
): Promise<{ possible: number; tried: number; killed: number }> {
  const { slot, prepared, run, step, survived } = context
  const { task } = prepared
  const { solutionFolder } = task
  if (solutionFolder === undefined) return { possible: 0, tried: 0, killed: 0 }
  const script = fs.readFileSync(path.join(solutionFolder, SCRIPT), 'utf8')
  const commands = listCommands(script)
  const drawn = commands.length < 2 ? [] : spread(commands, most)
  let killed = 0
  for (const command of drawn) {
    using temporary = openTemporary()
    fs.cpSync(solutionFolder, temporary.path, { recursive: true })
    fs.writeFileSync(path.join(temporary.path, SCRIPT), without(script, command))
    const { verdict } = await evaluate(slot, {
      prepared: { ...prepared, task: { ...task, solutionFolder: temporary.path } },
      agent: { kind: 'oracle' },
      run,
    })
    step()
    if (verdict.verdict !== 'solved') killed += 1
    else {
      const { first, end } = command
      const lines = script.split('\n').slice(first, end)
      survived({
        kind: 'part',
        file: `solution/${SCRIPT}`,
        line: first + 1,
        description: 'a command of the reference is missing',
        diff: [`solution/${SCRIPT}:${first + 1}`, ...lines.map(line => `-${line}`)].join('\n'),
      })
    }
  }
  return { possible: commands.length, tried: drawn.length, killed }
}

/** At most so many, from the first to the last. */
function spread<Value>(values: readonly Value[], most: number): Value[] {
  if (values.length <= most) return [...values]
  return Array.from({ length: most }, (_, index) => values[Math.floor((index * values.length) / most)]!)
}
