import type { Language } from '../../task-bank/faults/syntax.ts'
import { languageOf } from '../../task-bank/faults/syntax.ts'

/** One file of an agent as text. */
export interface AgentFile {
  readonly path: string
  readonly text: string
}

export type Kind =
  | { readonly kind: 'code'; readonly language: Language }
  /** Code of another language. */
  | { readonly kind: 'plain' }
  /** What people or models read. */
  | { readonly kind: 'prose' }
  | { readonly kind: 'ignored' }

const IGNORED =
  /(^|\/)(readme|license|licence|notice|changelog|agent\.json|package(-lock)?\.json|tsconfig\.json)[^/]*$/i
const PROSE =
  /\.(md|txt|rst|adoc|json|jsonl|ya?ml|toml|ini|cfg|csv|tsv|html?|xml|jinja2?|j2|tmpl|prompt|hbs|mustache)$/i

/** How a file is read, by its name, and by what it says of itself. */
export function kindOf({ path, text }: AgentFile): Kind {
  if (text.includes('\0') || IGNORED.test(path)) return { kind: 'ignored' }
  const language = languageOf(path) ?? saidLanguage(text)
  if (language !== undefined) return { kind: 'code', language }
  return PROSE.test(path) ? { kind: 'prose' } : { kind: 'plain' }
}

function saidLanguage(text: string): Language | undefined {
  const said = /^#!.*\b(?<program>python|node)/.exec(text.slice(0, 200))?.groups?.program
  if (said === undefined) return undefined
  return said === 'python' ? 'python' : 'javascript'
}
