import { html, type Markup } from './markup.ts'

/** What somebody wrote in the usual way of plain text: paragraphs, code between fences, code between ticks. Nothing else is read into it. */
export function renderProse(text: string): Markup {
  const blocks = text.replace(/\r\n?/g, '\n').split(/^ {0,3}```[^\n`]*$/m)
  return html`<div class="prose">${blocks.map((block, index) =>
    index % 2 === 1
      ? html`<pre tabindex="0">${block.replace(/^\n|\n$/g, '')}</pre>`
      : renderParagraphs(block),
  )}</div>`
}

function renderParagraphs(text: string): Markup[] {
  return text
    .split(/\n[ \t]*\n/)
    .map(one => one.trim())
    .filter(one => one !== '')
    .map(one => {
      const heading = /^#{1,6} +([^ \n][^\n]*)$/.exec(one)
      return heading === null ? html`<p>${renderTicks(join(one))}</p>` : html`<p><b>${heading[1]}</b></p>`
    })
}

/** Lines that were only broken to be short are put together; lists and what is indented stay as they are. */
function join(paragraph: string): string {
  return /\n\s*(?:[-*+>|]|\d+[.)]|\s{2})/.test(paragraph) || /^[-*+>|]/.test(paragraph)
    ? paragraph
    : paragraph.replaceAll('\n', ' ')
}

function renderTicks(text: string): Markup[] {
  return text
    .split('`')
    .map((part, index, all) =>
      index % 2 === 1 && index < all.length - 1 ? html`<code>${part}</code>` : html`${part}`,
    )
}
