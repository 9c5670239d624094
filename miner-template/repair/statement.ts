import { join } from 'node:path'
import type { Language, Texts } from './ecosystem.ts'

/**
 * Turns sentences of the statement into programs that throw unless they hold, by name: prompts with answers
 * (`>>> f(1)`), `f(1)  # => 2` in code, "`f(1)` should return `2`" in prose, and code followed by "Expected: `2`".
 */
export function findExamples(
  statement: string,
  sources: Texts,
  place: { language: Language; workdir: string },
): Texts {
  const claims = [
    ...statement.matchAll(/^\s*>+ (.+\))\n\s*((?!>|\.\.\.|```|Traceback)\S.*)$/gm),
    ...statement.matchAll(/^\s*([^\n`]*\)) *(?:#|\/\/) *(?:=>|->|→|returns|should be) *(.+)$/gm),
    ...statement.matchAll(
      /`([^`\n]+\))`,? (?:should|must|has to|ought to)(?: \w+)? (?:return|be|give|equal|yield) `([^`\n]+)`/g,
    ),
  ]
  const programs = claims.map(([, expression, value]) => {
    const imports = findImports(expression!, sources, place)
    const check =
      place.language === 'python'
        ? [`assert (${expression}) == (${value})`]
        : ["import assert from 'node:assert'", `assert.deepStrictEqual(await (${expression}), ${value})`]
    return [...imports, ...check].join('\n')
  })
  const shown = [...statement.matchAll(SHOWN)].map(([, code, value, error]) => {
    const lines = code!.split('\n')
    const last = lines.findLastIndex(line => /^[^\s)\]}]/.test(line))
    const expression = lines.slice(last).join('\n').replace(/;$/, '')
    const imports = findImports(code!, sources, place)
    return [...imports, ...lines.slice(0, last), ...checkOf({ expression, value, error }, place)].join('\n')
  })
  return new Map([...programs, ...shown].map((code, i) => [`example-${i}`, code]))
}

const SHOWN =
  /```\w*\n([\s\S]+?)\n```\s+Expected: (?:`([^`\n]+)`|it (?:raises|throws|rejects with) `([\w.]+)`)/g

/** Lines that throw unless an expression has a value, or fails as it should. */
function checkOf(
  claim: { expression: string; value: string | undefined; error: string | undefined },
  { language }: { language: Language },
): string[] {
  const { expression, value, error } = claim
  if (language === 'node') {
    const check =
      value === undefined
        ? `assert.rejects(async () => (${expression}), { name: ${JSON.stringify(error)} })`
        : `assert.deepStrictEqual(await (${expression}), ${value})`
    return ["import assert from 'node:assert'", `await ${check}`]
  }
  if (value === undefined) {
    const name = `any(one.__name__ == ${JSON.stringify(error)} for one in type(error).__mro__)`
    return [
      'try:',
      `    ${expression}`,
      'except Exception as error:',
      `    assert ${name}`,
      'else:',
      '    assert False',
    ]
  }
  const modules = [...new Set(value.match(/\b[a-z]\w*(?=\.)/g))].map(name => `import ${name}`)
  return [...modules, `assert (${expression}) == (${value})`]
}

/** Imports the names of an expression from where they are defined. */
function findImports(
  expression: string,
  sources: Texts,
  place: { language: Language; workdir: string },
): string[] {
  const isPython = place.language === 'python'
  return [...new Set(expression.match(/(?<![.\w'"])[A-Za-z_]\w*/g))].flatMap(word => {
    const definition = isPython
      ? new RegExp(`^((async )?def|class) ${word}\\b|^${word}\\s*=`, 'm')
      : new RegExp(
          `^export (async )?(function\\*?|class|const) ${word}\\b|^(module\\.)?exports\\b.*\\b${word}\\b`,
          'm',
        )
    const home = [...sources].find(([, text]) => definition.test(text))?.[0]
    if (home === undefined) return isPython ? findOutside(word, sources) : []
    const module = home
      .replace(/^src\//, '')
      .replace(/(\/__init__)?\.py$/, '')
      .replaceAll('/', '.')
    return isPython
      ? `from ${module} import ${word}`
      : `import { ${word} } from ${JSON.stringify(join(place.workdir, home))}`
  })
}

/** The line with which a source takes a name from a module that is not its own. */
function findOutside(word: string, sources: Texts): string[] {
  const line = new RegExp(`^from (\\w[\\w.]*) import (?:.*\\W)?${word}\\b`, 'm')
  const found = [...sources.values()].map(text => line.exec(text)?.[1]).find(module => module !== undefined)
  return found === undefined ? [] : [`from ${found} import ${word}`]
}
