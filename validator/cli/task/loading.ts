import type { Permission } from '../../../task-bank/harbor/network.ts'
import { loadTasks } from '../../../task-bank/load.ts'
import type { Task, VerifierChoice } from '../../../task-bank/task.ts'
import { duration } from '../text.ts'

/** How often it is said how far the loading is: on a terminal in place, elsewhere as a line. */
const TERMINAL_MS = 200
const LINE_MS = 5000
/** What is over within a second is not talked about. */
const QUIET_MS = 1000

interface Watch {
  readonly stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>
  /** Milliseconds since any moment. */
  readonly now: () => number
}

/** Loads tasks, and says how far it is if that takes long. */
export function loadShown(
  folders: readonly string[],
  how: { permitted?: Permission | undefined; verifier?: VerifierChoice | undefined } = {},
  { stream, now }: Watch = { stream: process.stderr, now: () => performance.now() },
): Task[] {
  const every = stream.isTTY ? TERMINAL_MS : LINE_MS
  const start = now()
  let next = start + QUIET_MS
  let any = false
  const onLoaded = (done: number, total: number): void => {
    const present = now()
    if (present < next) return
    next = present + every
    any = true
    const left = (((present - start) / done) * (total - done)) / 1000
    const text = `reading tasks: ${done} of ${total}, about ${duration(left)} left`
    stream.write(stream.isTTY ? `\r\u001b[K${text}` : `${text}\n`)
  }
  const tasks = loadTasks(folders, process.env, how.permitted, onLoaded, how.verifier)
  if (any && stream.isTTY) stream.write('\r\u001b[K')
  return tasks
}
