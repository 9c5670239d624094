import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { packTar, readTarFiles } from '../../../sandbox/archive.ts'
import { SandboxError } from '../../../sandbox/errors.ts'
import type { PreparedTask } from '../../../sandbox/prepare.ts'
import type { Slot } from '../../../sandbox/slot.ts'
import type { Payload } from '../attack.ts'
import { runBash } from './program.ts'
import { solutionOf } from './solution.ts'

/**
 * Harbor's default: the agent works, then the tests are copied into the same, still running container, `test.sh` runs there,
 * and the number in the reward file decides. Naive in judgement, not in isolation: the container is one of our sandboxes.
 *
 * @returns whether it takes the payload for a solution
 */
export async function judgeInSharedContainer(
  slot: Slot,
  { prepared, payload }: { prepared: PreparedTask; payload: Payload },
): Promise<boolean> {
  const solution = solutionOf(payload)
  if (solution === undefined) return false
  const sandbox = await slot.take(prepared)
  try {
    await sandbox.put('/solution', solution, { uid: 0, gid: 0 })
    const tests = await buffer(packTar(readTarFiles(path.join(prepared.task.folder, 'tests'))))
    const { results } = await runBash(sandbox, prepared, {
      args: ['-c', bothPhases(prepared)],
      user: { uid: 0, gid: 0 },
      seconds: prepared.task.agentSeconds + prepared.task.verifier.seconds + 5,
      stdin: tests,
    })
    return isPaid(results.toString())
  } catch (error) {
    // An attack that breaks the container has at least not been paid for it.
    if (error instanceof SandboxError) return false
    throw error
  } finally {
    slot.discard(sandbox)
  }
}

/**
 * Both phases are one program, since a sandbox of ours ends everything that a program leaves behind and this harness
 * does not. The pause is the way of the reward file to the host.
 */
function bothPhases({ task, agentUser, verifierUser }: PreparedTask): string {
  const as = ({ uid, gid }: typeof agentUser): string =>
    uid === 0 ? '' : `setpriv --reuid=${uid} --regid=${gid} --clear-groups`
  return `
exec 4<&0 5>&3 </dev/null 3>&-
timeout -s KILL ${task.agentSeconds} ${as(agentUser)} /bin/bash /solution/solve.sh 4<&- 5>&-
tar -x -C /tests -f - <&4
exec 4<&-
timeout -s KILL ${task.verifier.seconds} ${as(verifierUser)} /bin/bash /tests/test.sh 5>&-
sleep 0.2
for name in reward.json reward.txt; do
  test -e "/logs/verifier/$name" || continue
  echo "$name" >&5
  timeout 2 cat "/logs/verifier/$name" >&5
  break
done
`
}

/**
 * Whether a reward file pays, read as Python's `float` and pydantic do: infinity, true and "1" are numbers, too.
 *
 * @param results - the file's name, and then its content
 */
export function isPaid(results: string): boolean {
  const [name, ...rest] = results.split('\n')
  const text = rest.join('\n').trim()
  if (name === 'reward.txt') return toNumber(text) >= 1
  try {
    const { reward } = JSON.parse(text) as { reward?: unknown }
    return toNumber(reward) >= 1
  } catch {
    return false
  }
}

function toNumber(value: unknown): number {
  return typeof value === 'string' && /^[+-]?inf(inity)?$/i.test(value.trim()) ? Infinity : Number(value)
}
