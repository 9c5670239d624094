/**
 * The agent contract, version 1: what a miner's TypeScript or JavaScript agent receives and may return.
 * The same facts reach Python agents as a dict and command agents as JSON on stdin.
 */
export const CONTRACT_VERSION = 1

/** What an agent may see of a task. It never names the task, its tests or the validator. */
export interface Assignment {
  readonly version: typeof CONTRACT_VERSION
  /** The issue, in Markdown. */
  readonly problemStatement: string
  /** Absolute path of the repository, which is also the working directory. */
  readonly workdir: string
  /** Servers of the Model Context Protocol that the task offers; absent if none. */
  readonly mcpServers?: readonly McpServer[]
  /** A folder with skills that the task offers, one folder with a `SKILL.md` each; absent if none. */
  readonly skillsFolder?: string
  readonly limits: Limits
}

/** A server to connect to, or a program to start that speaks over its standard streams. */
export type McpServer =
  | { readonly name: string; readonly transport: 'sse' | 'streamable-http'; readonly url: string }
  | {
      readonly name: string
      readonly transport: 'stdio'
      readonly command: string
      readonly args: readonly string[]
    }

/** What one attempt may use. Wall-clock time is enforced from outside; the rest by the sandbox. */
export interface Limits {
  readonly seconds: number
  readonly memoryMegabytes: number
  readonly cpus: number
  /** Money for inference, in US dollars; 0 when the run offers no model. */
  readonly usd: number
}

/** The one argument of `solve`. */
export interface Context {
  readonly task: {
    readonly problemStatement: string
    readonly workdir: string
    readonly mcpServers: readonly McpServer[]
    readonly skillsFolder: string | undefined
  }
  readonly model: Model
  readonly shell: Shell
  readonly budget: Budget
  /** Aborts shortly before the wall-clock limit, so that an agent can still return what it has. */
  readonly signal: AbortSignal
  /** Adds a line to the trajectory, with optional JSON data. */
  readonly log: (message: string, data?: unknown) => void
}

/**
 * An agent edits the tree, returns a unified diff, or both; a non-empty returned diff wins.
 * Throwing ends the attempt as `crashed`.
 */
export type Solve = (context: Context) => Promise<Solution> | Solution
// biome-ignore lint/suspicious/noConfusingVoidType: an agent that only edits the tree returns nothing
export type Solution = string | { readonly patch: string } | undefined | void

/** Runs one command with `bash -c` (or `sh -c`) in the repository; never throws for a command that fails. */
export type Shell = (command: string, options?: ShellOptions) => Promise<ShellResult>

export interface ShellOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** The whole process group is killed after this time; 120 s unless told. */
  readonly timeoutSeconds?: number
  /** Bytes kept of stdout and of stderr each; the middle is left out. 64 KiB unless told. */
  readonly maxOutputBytes?: number
}

export interface ShellResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

export interface Budget {
  readonly secondsLeft: () => number
  readonly usdLeft: () => number
  readonly stepsTaken: () => number
}

export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly content: string
  /** What an assistant's message calls. */
  readonly toolCalls?: readonly ToolCall[]
  /** Of a tool's message: which call it is the result of. */
  readonly toolCallId?: string
}

/** Something that a model may call. */
export interface Tool {
  readonly name: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly parameters: object
}

export interface ToolCall {
  readonly id: string
  readonly name: string
  /** JSON, as the model wrote it: it may be wrong. */
  readonly arguments: string
}

/** One answer of a model. */
export interface Completion {
  readonly content: string
  readonly toolCalls: readonly ToolCall[]
}

/** The way to a language model. `available` is false when the run offers none: asking then rejects. */
export interface Model {
  readonly available: boolean
  /** The text of the answer. */
  readonly chat: (messages: readonly Message[], options?: ChatOptions) => Promise<string>
  /** The answer with the tools that it calls. */
  readonly complete: (messages: readonly Message[], options?: CompleteOptions) => Promise<Completion>
}

export interface ChatOptions {
  readonly model?: string
  readonly temperature?: number
  readonly maxTokens?: number
}

export interface CompleteOptions extends ChatOptions {
  readonly tools?: readonly Tool[]
  /** `required`: it has to call one; it may unless told. */
  readonly toolChoice?: 'auto' | 'none' | 'required'
}
