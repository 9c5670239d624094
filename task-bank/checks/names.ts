import type { Runner } from '../task.ts'

/**
 * Names that the reference brings in and that the statement says although nothing needs them: neither the repository nor the
 * hidden tests know them. Whoever reads them reads a part of the answer.
 *
 * @param added - the lines that the reference adds
 * @param known - the repository before it, and the hidden tests
 */
export function findGivenNames(texts: { statement: string; added: string; known: string }): string[] {
  const known = new Set(wordsOf(texts.known))
  const said = new Set(wordsOf(texts.statement))
  return [...new Set(wordsOf(texts.added))].filter(
    name => isInvented(name) && said.has(name) && !known.has(name),
  )
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? []
}

/** Not a plain word of a sentence. */
function isInvented(name: string): boolean {
  return name.length > 3 && /\p{Ll}\p{Lu}|_|\d\p{L}/u.test(name)
}

/** What a name needs to be one of its own: `test_zero` is anybody's. */
const LEAST_LETTERS = 12

/** What the tests are called that shall fail before the fix, without their file and parameters, if the name is their own. */
export function ownNames(runner: Runner): string[] {
  if (runner.kind === 'script') return []
  const names = runner.expected.failToPass.map(id => {
    const last = id.split('::').at(-1)!.split(' > ').at(-1)!
    return last.replace(/\[.*\]$/s, '').trim()
  })
  return [...new Set(names)].filter(name => name.length >= LEAST_LETTERS && /[_ ]|\p{Ll}\p{Lu}/u.test(name))
}

/** Which of some names a text has, each as a whole word. */
export function findNames(names: readonly string[], text: string): string[] {
  return names.filter(name => {
    for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
      const around = `${text.charAt(at - 1)}${text.charAt(at + name.length)}`
      if (!/[\p{L}\p{N}_]/u.test(around)) return true
    }
    return false
  })
}
