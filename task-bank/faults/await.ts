import { calleeName, isCall, NOTHING, type Planter, replace } from './source.ts'

/** A lost `await`: the work goes on while the next line already counts on it. */
export const plantAwait: Planter = node => {
  if (node.type !== 'await' && node.type !== 'await_expression') return NOTHING
  const awaited = node.children[1]
  if (awaited === undefined) return NOTHING
  return [replace(node, awaited.text, `await ${isCall(awaited) ? calleeName(awaited) : awaited.text}`)]
}
