import { NOTHING, type Planter, replace, replaceIn } from './source.ts'
import { fieldOf, namedChildren, walk } from './syntax.ts'

/** An error that is kept silent, or caught too widely. */
export const plantSwallow: Planter = node => {
  switch (node.type) {
    case 'except_clause': {
      const body = namedChildren(node).find(child => child.type === 'block')
      const caught = fieldOf(node, 'value')
      const raises = body !== undefined && [...walk(body)].some(({ type }) => type === 'raise_statement')
      const wide = caught?.type === 'identifier' && caught.text !== 'Exception' && !raises
      return [
        ...(raises ? [replace(body, 'pass', 'swallow')] : []),
        ...(wide ? [replaceIn(node, caught, 'Exception', 'swallow wide')] : []),
      ]
    }
    case 'catch_clause': {
      const body = fieldOf(node, 'body')
      const throws = body !== undefined && [...walk(body)].some(({ type }) => type === 'throw_statement')
      return throws ? [replace(body, '{}', 'swallow')] : NOTHING
    }
  }
  return NOTHING
}
