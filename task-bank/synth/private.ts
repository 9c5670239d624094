import path from 'node:path'
import type { Fault } from '../faults/fault.ts'
import { FUNCTIONS } from '../faults/source.ts'
import { ancestorOf, languageOf, type Node, parseText, walk } from '../faults/syntax.ts'
import { wordsOf } from './statement.ts'

/** Words that every program uses, so that they tell of no place. */
const COMMON = new Set(
  'self cls a an and any as assert at bool bytes by dict else error false float for from give given gives if in instead int is it its key len list no none not null object of on or result return set str that the this to true tuple undefined value values expected number string type with Error Exception KeyError IndexError TypeError ValueError AttributeError RuntimeError NoneType None True False NaN RangeError SyntaxError AssertionError Infinity Object Array Map Set'.split(
    ' ',
  ),
)
const NAMES =
  /^(identifier|property_identifier|private_property_identifier|shorthand_property_identifier|type_identifier)$/

/**
 * Words that would tell where a fault is: the names of its files and of the functions that it is in, and every name in these that
 * stands in no other file, so that whoever searches for it finds the place.
 *
 * @param texts - of all files with code, tests included, without the fault
 */
export async function privateWords(
  fault: Fault,
  texts: ReadonlyMap<string, string>,
): Promise<ReadonlySet<string>> {
  const files = new Set(fault.edits.map(({ file }) => file))
  const others = new Set([...texts].filter(([name]) => !files.has(name)).flatMap(([, text]) => wordsOf(text)))
  const words = new Set<string>()
  for (const { file, start, end } of fault.edits) {
    for (const word of wordsOf(path.posix.basename(file).replace(/\.[^.]+$/, ''))) words.add(word)
    const language = languageOf(file)
    const root = language && (await parseText(texts.get(file) ?? '', language))
    if (root === undefined) continue
    const place = around(root, start, end)
    for (const node of walk(place)) if (NAMES.test(node.type) && !others.has(node.text)) words.add(node.text)
  }
  for (const name of fault.place.scope.split('.')) words.add(name)
  return new Set([...words].filter(word => word.length > 1 && !COMMON.has(word)))
}

/** The outermost function around a place, else the place's own statement. */
function around(root: Node, start: number, end: number): Node {
  let innermost = root
  for (const node of walk(root)) if (node.start <= start && end <= node.end) innermost = node
  let found: Node = innermost
  for (
    let above = ancestorOf(innermost, FUNCTIONS);
    above !== undefined;
    above = ancestorOf(above, FUNCTIONS)
  )
    found = above
  return found
}
