/** What a miner imports: the contract's types and the pieces of the reference agent. */
export type {
  Assignment,
  Budget,
  ChatOptions,
  CompleteOptions,
  Completion,
  Context,
  Limits,
  Message,
  Model,
  Shell,
  ShellOptions,
  ShellResult,
  Solution,
  Solve,
  Tool,
  ToolCall,
} from './contract.ts'
export { type LoopOptions, runLoop } from './loop.ts'
