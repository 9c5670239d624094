import { join } from 'node:path'
import type { Language, Texts } from './ecosystem.ts'

/** A sentence of the statement turned into a program that throws unless it holds. */
export interface Example {
  readonly id: string
  readonly code: string
}

/** Finds prompts with their answers (`>>> f(1)`), `f(1)  # => 2` in code, and "`f(1)` should return `2`" in prose. */
export function findExamples(
  statement: string,
  sources: Texts,
  { language, workdir }: { language: Language; workdir: string },
): Example[] {
  const claims = [
    ...statement.matchAll(/^\s*>+ (.+)\n\s*((?!>|\.\.\.|```|Traceback)\S.*)$/gm),
    ...statement.matchAll(/^\s*([^\n`]*\)) *(?:#|\/\/) *(?:=>|->|→|returns|should be) *(.+)$/gm),
    ...statement.matchAll(
      /`([^`\n]+\))`,? (?:should|must|has to|ought to)(?: \w+)? (?:return|be|give|equal|yield) `([^`\n]+)`/g,
    ),
  ]
  return claims.map(([, expression, value], i) => {
    const imports = findImports(expression!, sources, { language, workdir }).join('\n')
    const assert =
      language === 'python'
        ? `assert (${expression}) == (${value})`
        : `import assert from 'node:assert'\nassert.deepStrictEqual(${expression!.replace(/^(const|let|await) .*= /, '')}, ${value})`
    return { id: `example-${i}`, code: `${imports}\n${assert}\n` }
  })
}

/** Where the names of an expression are defined at the top of a module. */
function findImports(
  expression: string,
  sources: Texts,
  { language, workdir }: { language: Language; workdir: string },
): string[] {
  return [...new Set(expression.match(/(?<![.\w'"])[A-Za-z_]\w*/g))].flatMap(word => {
    const definition =
      language === 'python'
        ? new RegExp(`^((async )?def|class) ${word}\\b|^${word}\\s*=`, 'm')
        : new RegExp(
            `^export (async )?(function\\*?|class|const|let) ${word}\\b|^(module\\.)?exports\\b.*\\b${word}\\b`,
            'm',
          )
    const home = [...sources].find(([, text]) => definition.test(text))?.[0]
    if (home === undefined) return []
    return language === 'python'
      ? `from ${home
          .replace(/^src\//, '')
          .replace(/(\/__init__)?\.py$/, '')
          .replaceAll('/', '.')} import ${word}`
      : `import { ${word} } from ${JSON.stringify(join(workdir, home))}`
  })
}
