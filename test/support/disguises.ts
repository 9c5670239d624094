import { transform } from 'esbuild'
import MagicString from 'magic-string'
import { type Language, languageOf, type Node, parseText, walk } from '../../task-bank/faults/syntax.ts'
import { openBudget } from '../../validator/copies/budget.ts'
import { readCode } from '../../validator/copies/code.ts'
import type { AgentFile } from '../../validator/copies/files.ts'
import { NAMES } from '../../validator/copies/grammar.ts'
import { KNOWN } from '../../validator/copies/known.ts'

/**
 * Makes a copy look like something else. What comes out is as near to a program that still runs as these measurements need; where
 * it would not run, it is harder to know again than what does.
 *
 * @param donor - code of others, to be hidden in
 */
export type Disguise = (
  files: readonly AgentFile[],
  donor: readonly AgentFile[],
) => Promise<readonly AgentFile[]>

/** Every name that the agent gives itself. */
export const rename: Disguise = async files => {
  const given = new Set<string>()
  for (const { path, text } of files) {
    const code = await readCode(text, languageOf(path)!, openBudget())
    for (const name of code?.given ?? []) given.add(name)
  }
  return eachFile(files, (node, text) => {
    if (!NAMES.has(node.type) || !given.has(node.text)) return
    if (KNOWN.has(node.text) || KEPT.has(node.text)) return
    text.overwrite(node.start, node.end, `v${numberOf(node.text) % 1_000_000}`)
  })
}

const KEPT = new Set(['solve', 'agent_main', 'self', 'constructor', '__init__', 'this'])

/** Functions in another order, in files and in classes. */
export const reorder: Disguise = async files =>
  await eachFile(await eachFile(files, shuffleIn(CLASSES)), shuffleIn(FILES))

const CLASSES = (node: Node): boolean =>
  node.type === 'class_body' || (node.type === 'block' && node.parent?.type === 'class_definition')
const FILES = (node: Node): boolean => node.type === 'program' || node.type === 'module'

function shuffleIn(isBody: (node: Node) => boolean) {
  return (node: Node, text: MagicString): void => {
    if (!isBody(node)) return
    const movable = node.children.filter(child => MOVABLE.has(child.type))
    const shuffled = movable.toSorted((one, other) => numberOf(one.text) - numberOf(other.text))
    for (const [index, child] of movable.entries())
      text.overwrite(child.start, child.end, shuffled[index]!.text)
  }
}

const MOVABLE = new Set([
  'function_declaration',
  'export_statement',
  'method_definition',
  'function_definition',
  'class_definition',
  'decorated_definition',
])

/** Each function in a file of its own. */
export const split: Disguise = async files => {
  const made: AgentFile[] = []
  for (const file of files) {
    const root = await parseText(file.text, languageOf(file.path)!)
    for (const [index, child] of root!.children.entries())
      made.push({ path: `part-${index}-${file.path.replaceAll('/', '-')}`, text: child.text })
  }
  return made
}

/** All in one file. */
export const merge: Disguise = async files => [
  { path: files[0]!.path, text: files.map(({ text }) => text).join('\n\n') },
]

/** What a bundler makes of it; for Python, what is left without comments, layout and names. */
export const minify: Disguise = async (files, donor) => {
  if (languageOf(files[0]!.path) !== 'python')
    return await merge(await transpile(files, { minify: true }), donor)
  const renamed = await rename(files, donor)
  const bare = await eachFile(renamed, (node, text) => {
    if (node.type === 'comment') text.remove(node.start, node.end)
    if (node.type === 'expression_statement' && node.children[0]?.type === 'string')
      text.overwrite(node.start, node.end, '0')
  })
  return bare.map(({ path, text }) => ({
    path,
    text: text
      .split('\n')
      .filter(line => line.trim() !== '')
      .map(line => line.replace(/^(?: {4})+/, indent => ' '.repeat(indent.length / 4)))
      .join('\n'),
  }))
}

export const stripTypes: Disguise = async files => await transpile(files, {})

async function transpile(files: readonly AgentFile[], options: { minify?: true }): Promise<AgentFile[]> {
  return await Promise.all(
    files.map(async ({ path, text }) => ({
      path: path.replace(/\.ts$/, '.js'),
      text: (await transform(text, { loader: 'ts', ...options })).code,
    })),
  )
}

/** A remark before each statement. */
export const comment: Disguise = async files =>
  await beforeStatements(files, number => `${WORDS[number % WORDS.length]} goes before ${number}`, true)

/** A statement without effect before each statement. */
export const interleave: Disguise = async files =>
  await beforeStatements(files, (number, language) =>
    language === 'python' ? `junk${number} = ${number} * 3` : `const junk${number} = ${number} * 3;`,
  )

/** The same with a statement that does something, though nothing that matters. */
export const chatter: Disguise = async files =>
  await beforeStatements(files, (number, language) =>
    language === 'python'
      ? `getattr(junk, "n${number}", [${number}].append)(str(${number}).strip())`
      : `Reflect.get(junk, [${number}].concat(Number('${number}')).join()).valueOf();`,
  )

async function beforeStatements(
  files: readonly AgentFile[],
  render: (number: number, language: Language) => string,
  isComment = false,
): Promise<readonly AgentFile[]> {
  let number = 0
  return await eachFile(files, (node, text, language) => {
    if (!STATEMENT_LISTS.has(node.type)) return
    for (const child of node.children) {
      if (!child.named || child.type === 'comment' || child.text.startsWith('from __future__')) continue
      const indent = /[ \t]*$/.exec(text.original.slice(0, child.start))![0]
      const mark = isComment ? (language === 'python' ? '# ' : '// ') : ''
      text.appendLeft(child.start, `${mark}${render(number++, language)}\n${indent}`)
    }
  })
}

const STATEMENT_LISTS = new Set(['program', 'module', 'statement_block', 'block'])

/** Other words and numbers in all literals. */
export const reword: Disguise = async files =>
  await eachFile(files, (node, text) => {
    if (TEXTS.has(node.type)) text.overwrite(node.start, node.end, replaceWords(node.text, 1))
    if (/^(number|integer)$/.test(node.type) && /^\d+$/.test(node.text))
      text.overwrite(node.start, node.end, String(Number(node.text) + 1))
  })

/** Every fifth word of what models read is another one. */
export const paraphrase: Disguise = async files =>
  await eachFile(files, (node, text) => {
    if (TEXTS.has(node.type) && node.text.split(' ').length >= 5)
      text.overwrite(node.start, node.end, replaceWords(node.text, 5))
  })

const TEXTS = new Set(['string_fragment', 'string_content'])
const WORDS =
  'river stone amber window quiet copper meadow lantern harbour violet thunder cedar marble orchard winter saddle'.split(
    ' ',
  )

function replaceWords(text: string, every: number): string {
  let count = 0
  return text.replace(/(?<!\\)\b[A-Za-z]{3,}\b/g, word =>
    ++count % every === 0 ? WORDS[numberOf(word + count) % WORDS.length]! : word,
  )
}

/** Texts in base64. */
export const encode: Disguise = async files =>
  await eachFile(files, (node, text, language) => {
    if (node.type !== 'string' && node.type !== 'template_string') return
    const parts = node.children.filter(({ type }) => TEXTS.has(type))
    if (parts.length !== 1 || node.children.length !== 3 || parts[0]!.text.length < 30) return
    if (/^[^'"`]*[fFrRbB]/.test(node.children[0]!.text)) return
    const code = Buffer.from(parts[0]!.text).toString('base64')
    const call =
      language === 'python' ? `b64decode("${code}").decode()` : `Buffer.from('${code}', 'base64').toString()`
    text.overwrite(node.start, node.end, call)
  })

/** As much code of others as there is of its own. */
export const pad: Disguise = async (files, donor) => [
  ...files,
  ...donor.map(({ path, text }) => ({ path: `more-${path}`, text })),
]

/** Half of its functions, and as much code of others. */
export const halve: Disguise = async (files, donor) => {
  const [own, ...rest] = files
  const root = await parseText(own!.text, languageOf(own!.path)!)
  const parts = root!.children.map(child => child.text)
  const kept = parts.filter((_, index) => index % 2 === 0).join('\n')
  return await pad([{ path: own!.path, text: kept }, ...rest], donor)
}

/** Branches the other way round. */
export const invert: Disguise = async files =>
  await eachFile(files, (node, text, language) => {
    if (node.type !== 'if_statement') return
    const part = (field: string) => node.children.filter(child => child.field === field)
    const [condition, then, otherwise, ...more] = [
      ...part('condition'),
      ...part('consequence'),
      ...part('alternative'),
    ]
    if (more.length > 0 || condition === undefined || then === undefined) return
    if (contains(then, 'if_statement') || (otherwise !== undefined && contains(otherwise, 'if_statement')))
      return
    const turned = condition.text.includes('===')
      ? condition.text.replace('===', '!==')
      : language === 'python'
        ? `not (${condition.text})`
        : `(!${condition.text})`
    if (language !== 'python') {
      const rest = otherwise === undefined ? '' : otherwise.text.replace(/^else\s*/, '')
      text.overwrite(node.start, node.end, `if ${turned} { ${rest} } else { ${then.text} }`)
      return
    }
    if (otherwise?.type !== 'else_clause') return
    const body = otherwise.children.find(({ type }) => type === 'block')!
    text.overwrite(condition.start, condition.end, turned)
    text.overwrite(then.start, then.end, body.text)
    text.overwrite(body.start, body.end, then.text)
  })

function contains(node: Node, type: string): boolean {
  return [...walk(node)].some(inner => inner.type === type)
}

/** Loops over things as loops over numbers. */
export const unroll: Disguise = async files => {
  let number = 0
  return await eachFile(files, (node, text, language) => {
    const field = (name: string) => node.children.find(child => child.field === name)
    const [left, right, body] = [field('left'), field('right'), field('body')]
    if (left === undefined || right === undefined || body === undefined) return
    const n = number++
    if (language === 'python' && node.type === 'for_statement') {
      const indent = /[ \t]*$/.exec(text.original.slice(0, node.start))![0]
      const inner = /[ \t]*$/.exec(text.original.slice(0, body.start))![0]
      text.overwrite(
        node.start,
        left.start,
        `rest${n} = list(${right.text})\n${indent}while rest${n}:\n${inner}`,
      )
      text.overwrite(left.end, body.start, ` = rest${n}.pop(0)\n${inner}`)
    }
    if (node.type === 'for_in_statement' && body.type === 'statement_block' && node.text.includes(' of ')) {
      const head = `{ const all${n} = [...${right.text}]; for (let at${n} = 0; at${n} < all${n}.length; at${n}++) `
      text.overwrite(node.start, body.start, head)
      text.appendRight(body.start + 1, ` const ${left.text} = all${n}[at${n}];`)
      text.appendLeft(node.end, ' }')
    }
  })
}

/** Gives itself all names that it only uses, so that they look like its own. */
export const shadow: Disguise = async files =>
  await Promise.all(
    files.map(async ({ path, text }) => {
      const language = languageOf(path)!
      const code = (await readCode(text, language, openBudget()))!
      const used = new Set(
        code.units
          .flat(2)
          .filter(token => /^[.$]\w{2,}$/.test(token))
          .map(token => token.slice(1)),
      )
      const names = [...used].filter(name => !code.given.has(name))
      const extra =
        language === 'python'
          ? `\nclass Names:\n    def __init__(self):\n${names.map(name => `        self.${name} = 0`).join('\n')}\n`
          : `\nexport const names = { ${names.map(name => `${name}: 0`).join(', ')} }\n`
      return { path, text: text + extra }
    }),
  )

/** One disguise after the other. */
export function both(...disguises: readonly Disguise[]): Disguise {
  return async (files, donor) => {
    let made = files
    for (const disguise of disguises) made = await disguise(made, donor)
    return made
  }
}

async function eachFile(
  files: readonly AgentFile[],
  change: (node: Node, text: MagicString, language: Language) => void,
): Promise<readonly AgentFile[]> {
  const made: AgentFile[] = []
  for (const { path, text } of files) {
    const language = languageOf(path)!
    const root = await parseText(text, language)
    if (root === undefined) throw new Error(`Cannot disguise "${path}": it has mistakes\n${text}`)
    const draft = new MagicString(text)
    for (const node of walk(root)) change(node, draft, language)
    made.push({ path, text: draft.toString() })
  }
  return made
}

function numberOf(text: string): number {
  let hash = 2_166_136_261
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619) >>> 0
  return hash
}
