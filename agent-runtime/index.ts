/** What a miner imports: the contract's types and the pieces of the reference agent. */
export type {
  Assignment,
  Budget,
  ChatOptions,
  Context,
  Limits,
  Message,
  Model,
  Shell,
  ShellOptions,
  ShellResult,
  Solution,
  Solve,
} from './contract.ts'
export { type LoopOptions, runLoop } from './loop.ts'
