/** One thing that happened in an attempt, as a line of JSON on the results stream of the agent's process. */
export type AgentEvent =
  | { readonly kind: 'log'; readonly at: string; readonly message: string; readonly data?: unknown }
  | {
      readonly kind: 'shell'
      readonly at: string
      readonly command: string
      readonly exitCode: number
      readonly seconds: number
      readonly output: string
    }
  | {
      readonly kind: 'model'
      readonly at: string
      readonly model: string
      readonly answer: string
      readonly promptTokens: number
      readonly completionTokens: number
    }
  /** What `solve` or `agent_main` returned, if it returned a diff. */
  | { readonly kind: 'returned'; readonly patch: string }
  | { readonly kind: 'threw'; readonly message: string }
