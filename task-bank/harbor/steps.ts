import fs from 'node:fs'
import path from 'node:path'
import type { Step, Task } from '../task.ts'
import { artifactsOf, collectsOf, healthcheckOf } from './entries.ts'
import { readInstruction } from './instruction.ts'
import { networkOf } from './network.ts'
import { permit, type Reading, text } from './reading.ts'
import { isSeparate, verifierOf } from './verifier.ts'

/**
 * The steps of a task: each a task of its own on the same machine, with what it says in place of what the task says. Its
 * tests lie over the task's.
 */
export function stepsOf(reading: Reading, task: Task): Step[] {
  const { manifest, folder, reasons } = reading
  return manifest.steps.map((table, index): Step => {
    const key = `steps.${index}`
    const own = path.join(folder, 'steps', table.name)
    const has = (name: string): boolean => fs.existsSync(path.join(own, name))
    const missing = (name: string): void => void reasons.push(`steps/${table.name}/${name}: missing`)
    if (!has('instruction.md')) missing('instruction.md')
    const tables = [table.verifier, manifest.verifier] as const
    const tests = [path.join(own, 'tests'), path.join(folder, 'tests')] as const
    if (!isSeparate(tables) && !tests.some(one => fs.existsSync(path.join(one, 'test.sh'))))
      missing('tests/test.sh')
    const network = permit(reading, networkOf([table.agent, manifest.agent], manifest.environment))
    return {
      name: table.name,
      task: {
        ...task,
        instruction: has('instruction.md') ? readInstruction(path.join(own, 'instruction.md')) : '',
        agentUser: text(table.agent.user) ?? task.agentUser,
        agentSeconds: table.agent.timeout_sec ?? task.agentSeconds,
        verifier: verifierOf(reading, {
          tables,
          tests,
          keys: [`${key}.verifier`, 'verifier'],
          runner: task.verifier.runner,
          compose: task.compose,
        }),
        artifacts: artifactsOf([...manifest.artifacts, ...table.artifacts], `${key}.artifacts`, reasons),
        collect: [...task.collect, ...collectsOf(table.verifier.collect)],
        testFolders: [...tests].reverse().filter(one => fs.existsSync(one)),
        solutionFolder: has('solution/solve.sh') ? path.join(own, 'solution') : task.solutionFolder,
        network,
      },
      workdirFolder: has('workdir') ? path.join(own, 'workdir') : undefined,
      healthcheck: healthcheckOf(table.healthcheck),
      least: typeof table.min_reward === 'number' ? { reward: table.min_reward } : (table.min_reward ?? {}),
    }
  })
}
