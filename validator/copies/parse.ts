import type { ParseState, Tree } from '@vscode/tree-sitter-wasm'
import { type Language, openParser } from '../../task-bank/faults/syntax.ts'
import type { Budget } from './budget.ts'

/**
 * The tree of a text, mistakes and all; the caller deletes it.
 *
 * @returns undefined if it would take more than there is left: hostile texts cost the parser minutes
 */
export async function parseCode(text: string, language: Language, budget: Budget): Promise<Tree | undefined> {
  if (budget.steps < 0 || budget.lostSteps < 0 || budget.nodes < 0) return undefined
  const parser = await openParser(language)
  const step = ({ hasError }: ParseState): boolean => {
    budget.steps--
    if (hasError) budget.lostSteps--
    return budget.steps < 0 || budget.lostSteps < 0
  }
  const tree = parser.parse(text, null, { progressCallback: step })
  if (tree !== null) return tree
  parser.reset()
  return undefined
}
