import type { AcceptContext } from '../accept.ts'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../operating/metrics.ts'
import type { Jobs } from '../stages/jobs.ts'
import type { Board } from './board-cache.ts'
import type { Check } from './health.ts'

/** What the routes work with. */
export interface WebContext {
  readonly intake: AcceptContext
  readonly jobs: Jobs
  readonly config: Config
  readonly log: Log
  readonly board: Board
  readonly metrics: Metrics
  /** What must be well for this process to be of use. */
  readonly checks: readonly Check[]
  /** Ends streams: the process is about to go. */
  readonly stopping: AbortSignal
}
