import {
  argumentsOf,
  calleeName,
  isCall,
  methodOf,
  NOTHING,
  type Planter,
  replace,
  replaceIn,
} from './source.ts'
import { namedChildren } from './syntax.ts'

const IN_PLACE = new Map(
  Object.entries({
    toSorted: 'sort',
    toReversed: 'reverse',
    toSpliced: 'splice',
  }),
)

/** Two names for one thing: a copy is not made, so that a change here is seen there. */
export const plantCopy: Planter = node => {
  if (isCall(node)) {
    const method = methodOf(node)
    const args = argumentsOf(node)
    const name = calleeName(node)
    if (method !== undefined) {
      const inPlace = IN_PLACE.get(method.name)
      if (inPlace !== undefined) return [replaceIn(node, node.children[0]!.children.at(-1)!, inPlace)]
      const isCopy = (name === 'copy' || name === 'slice') && args.length === 0
      if (isCopy) return [replace(node, method.object.text, `copy ${method.object.text}`)]
      if (name === 'deepcopy') return [replaceIn(node, node.children[0]!.children.at(-1)!, 'copy')]
      const isMade = /^(copy|Array)\.(copy|from)$/.test(node.children[0]!.text)
      return isMade && args.length === 1 ? [replace(node, args[0]!.text, `copy ${args[0]!.text}`)] : NOTHING
    }
    const isConstructor = /^(list|dict|set|tuple|sorted|copy|deepcopy|structuredClone)$/.test(name)
    const [only] = args
    if (!isConstructor || args.length !== 1 || !/^(identifier|attribute|member_expression)$/.test(only!.type))
      return NOTHING
    return [replace(node, only!.text, `copy ${only!.text}`)]
  }
  if (node.type === 'subscript' && node.children[2]?.text === ':')
    return [replace(node, node.children[0]!.text, `copy ${node.children[0]!.text}`)]
  if (node.type === 'array' || node.type === 'object') {
    const [only, ...more] = namedChildren(node)
    if (only?.type !== 'spread_element' || more.length > 0) return NOTHING
    const copied = namedChildren(only)[0]!.text
    return [replace(node, copied, `copy ${copied}`)]
  }
  return NOTHING
}
