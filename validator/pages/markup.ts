/** HTML that was made here. Whatever else is put into a page is text, and is escaped on its way in. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Part = Markup | string | number | undefined | readonly Part[]

/**
 * A template whose values cannot become HTML, commands to a terminal or a change of direction, whoever wrote them: numbers and
 * strings are escaped, lists are joined, nothing is left out for `undefined`.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  let text = strings[0]!
  for (const [index, part] of parts.entries()) text += render(part) + strings[index + 1]!
  return new Markup(text)
}

function render(part: Part): string {
  if (part === undefined) return ''
  if (part instanceof Markup) return part.text
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escaped(legible(part))
  let text = ''
  for (const one of part) text += render(one)
  return text
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, character => ENTITIES[character]!) : text
}

const ODD = /[^\x20-\x7e]/
/** Colours, cursor moves and titles, as terminals know them. */
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,1000}(?:\x07|\x1b\\)?|[ -/]*[0-~])/g

/**
 * Text of a stranger as one may look at it: without escape sequences, and with a dot for each control character, each that is not
 * seen, each that turns the direction, and each half of a pair; marks are not piled higher than three.
 */
export function legible(text: string): string {
  if (!ODD.test(text)) return text
  return text
    .replace(ESCAPES, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{C}\n\t]|[\u2028\u2029]/gu, '\u00b7')
    .replace(/(\p{M}{3})\p{M}+/gu, '$1')
}
