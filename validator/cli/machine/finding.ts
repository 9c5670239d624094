import colors from 'picocolors'
import { plain } from '../text.ts'

/** One thing that the doctor looked at. */
export interface Finding {
  readonly what: string
  /** `bad`: evaluation cannot work. `warn`: it can, but. */
  readonly state: 'ok' | 'warn' | 'bad'
  readonly detail: string
}

/** A finding as a line for a person. */
export function renderFinding({ what, state, detail }: Finding): string {
  const mark = { ok: colors.green('ok  '), warn: colors.yellow('note'), bad: colors.red('bad ') }[state]
  return `${mark} ${what.padEnd(16)} ${plain(detail)}`
}
