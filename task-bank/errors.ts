/** A task cannot be used: its author's mistake, or a feature that is not supported; each reason names file and key. */
export class TaskError extends Error {
  readonly reasons: readonly string[]

  constructor(folder: string, reasons: readonly string[]) {
    super(`Cannot use the task in ${folder}:\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
    this.name = 'TaskError'
    this.reasons = reasons
  }
}
