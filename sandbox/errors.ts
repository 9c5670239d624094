/** What may go wrong with our own machinery; a miner's failure is never one of these. */
export type SandboxErrorCode =
  | 'engine-missing'
  | 'engine-denied'
  | 'engine-old'
  | 'engine-failed'
  | 'runtime-missing'
  | 'image-missing'
  | 'name-taken'
  | 'build-failed'
  | 'sandbox-lost'
  | 'service-failed'
  | 'task-unusable'
  | 'git-failed'
  | 'setup-failed'
  | 'cancelled'

export interface ContainerEnd {
  readonly exitCode: number
  readonly outOfMemory: boolean
}

/** Our failure: the surroundings or a bug, never the agent's. The message says what to do where that is known. */
export class SandboxError extends Error {
  readonly code: SandboxErrorCode
  /** How the container ended that this is about, as the engine says. */
  readonly container: ContainerEnd | undefined

  constructor(
    code: SandboxErrorCode,
    message: string,
    options?: ErrorOptions & { readonly container?: ContainerEnd | undefined },
  ) {
    super(message, options)
    this.name = 'SandboxError'
    this.code = code
    this.container = options?.container
  }
}
