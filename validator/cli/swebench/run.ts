import path from 'node:path'
import colors from 'picocolors'
import { run } from '../run/run.ts'
import { plain } from '../text.ts'

interface Flags {
  readonly dataset_name: string
  readonly predictions_path: string
  readonly run_id: string
  readonly split?: string
  readonly instance_ids?: string[]
  readonly max_workers?: number
  readonly timeout: number
  readonly report_dir: string
  readonly recipes?: string
  readonly json?: true
}

/** Flags of such harnesses that say how images are made and kept, which is our own matter. */
const IDLE = new Set([
  '--open_file_limit',
  '--force_rebuild',
  '--cache_level',
  '--clean',
  '--namespace',
  '--instance_image_tag',
  '--env_image_tag',
  '--rewrite_reports',
  '--modal',
  '--log_level',
])

/**
 * `arete swebench run_evaluation`: the run of predictions as the scripts on the web start it. What it prints and writes lies where
 * they look for it; our own run lies below `logs` too, so that an instance whose patch is the same is not run again.
 *
 * @param rest - what the command does not know
 */
export async function runEvaluation(flags: Flags, rest: readonly string[]): Promise<number> {
  const names = rest.filter(word => word.startsWith('-')).map(word => word.split('=')[0]!)
  const idle = names.filter(name => IDLE.has(name))
  const unknown = names.filter(name => !IDLE.has(name))
  if (idle.length > 0) console.error(colors.dim(`note: without a meaning here: ${idle.join(', ')}`))
  if (unknown.length > 0)
    console.error(colors.dim(plain(`note: not known, and ignored: ${unknown.join(', ')}`)))
  return await run([flags.dataset_name], {
    predictions: flags.predictions_path,
    runId: flags.run_id,
    split: flags.split,
    ids: flags.instance_ids,
    jobs: flags.max_workers,
    timeout: flags.timeout,
    reportDir: flags.report_dir,
    logDir: 'logs',
    recipes: flags.recipes,
    attempts: 1,
    out: path.join('logs', 'arete', flags.run_id.replace(/[^\w.-]/g, '_')),
    json: flags.json,
  })
}
