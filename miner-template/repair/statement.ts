import { join } from 'node:path'
import type { Language, Texts } from './ecosystem.ts'

/**
 * Turns sentences of the statement into programs that throw unless they hold, by name: prompts with answers
 * (`>>> f(1)`), `f(1)  # => 2` in code, and "`f(1)` should return `2`" in prose.
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
  return new Map(programs.map((code, i) => [`example-${i}`, code]))
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
    if (home === undefined) return []
    const module = home
      .replace(/^src\//, '')
      .replace(/(\/__init__)?\.py$/, '')
      .replaceAll('/', '.')
    return isPython
      ? `from ${module} import ${word}`
      : `import { ${word} } from ${JSON.stringify(join(place.workdir, home))}`
  })
}
