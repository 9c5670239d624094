import { counted } from './format.ts'
import { html, type Markup } from './markup.ts'

const MOST_LINES = 1500
const MOST_FILES = 60
const MOST_LENGTH = 400

interface Line {
  readonly kind: 'plus' | 'minus' | 'same' | 'hunk'
  readonly before: number | undefined
  readonly after: number | undefined
  readonly text: string
}

interface FileChange {
  readonly name: string
  readonly added: number
  readonly removed: number
  readonly lines: readonly Line[]
}

/** A unified diff as git writes it, file by file with the numbers of its lines; for reading, and bounded whatever it holds. */
export function renderDiff(diff: string): Markup {
  const files = parseDiff(diff)
  let room = MOST_LINES
  const shown = files.slice(0, MOST_FILES).map(file => {
    const lines = file.lines.slice(0, room)
    room -= lines.length
    return renderFile(file, lines)
  })
  const hidden = files.length - shown.length
  return html`${shown}${hidden > 0 ? html`<p class="more">${counted(hidden, 'more file')}: see the patch itself.</p>` : undefined}`
}

function renderFile({ name, added, removed, lines }: FileChange, shown: readonly Line[]): Markup {
  const left = lines.length - shown.length
  return html`<section class="diff"><h3><span>${cut(name)}</span><span><span class="hidden">lines added and removed: </span>+${added} \u2212${removed}</span></h3>
<div class="scroll" tabindex="0" role="region" aria-label="Changes of ${cut(name)}"><table><tbody>${shown.map(renderLine)}</tbody></table></div>
${left > 0 ? html`<p class="more">${counted(left, 'more line')}: see the patch itself.</p>` : undefined}</section>`
}

const SIGNS = { plus: '+', minus: '\u2212', same: ' ', hunk: '' } as const

function renderLine({ kind, before, after, text }: Line): Markup {
  return html`<tr class="${kind}"><td class="at">${before}</td><td class="at">${after}</td><td>${SIGNS[kind]}${cut(text)}</td></tr>`
}

function cut(text: string): string {
  return text.length > MOST_LENGTH
    ? `${text.slice(0, MOST_LENGTH)}\u2026 ${counted(text.length - MOST_LENGTH, 'more character')}`
    : text
}

/** The name of a file as it is afterwards, out of `diff --git a/name b/name`; a name with ` b/` in it stands there twice, too. */
function readHeader(line: string): string | undefined {
  if (!line.startsWith('diff --git ')) return undefined
  const names = line.slice('diff --git '.length).replaceAll('"', '')
  const half = (names.length - 1) / 2
  const [before, after] = [names.slice(0, half), names.slice(half + 1)]
  if (before.slice(2) === after.slice(2)) return after.slice(2)
  const at = names.lastIndexOf(' b/')
  return at < 0 ? undefined : names.slice(at + 3)
}

/** What is no part of a hunk only names files; whatever else stands there is left out. */
export function parseDiff(diff: string): FileChange[] {
  const files: { name: string; lines: Line[] }[] = []
  let [before, after, isHunk] = [0, 0, false]
  for (const line of diff.split('\n')) {
    const name = readHeader(line)
    if (name !== undefined) {
      files.push({ name, lines: [] })
      isHunk = false
      continue
    }
    const file = files.at(-1)
    const hunk = /^@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@/.exec(line)
    if (file === undefined) continue
    if (hunk !== null) {
      ;[before, after, isHunk] = [Number(hunk[1]), Number(hunk[2]), true]
      file.lines.push({ kind: 'hunk', before: undefined, after: undefined, text: line })
    } else if (isHunk) {
      const text = line.slice(1)
      if (line.startsWith('+')) file.lines.push({ kind: 'plus', before: undefined, after: after++, text })
      else if (line.startsWith('-'))
        file.lines.push({ kind: 'minus', before: before++, after: undefined, text })
      else if (line.startsWith(' ')) file.lines.push({ kind: 'same', before: before++, after: after++, text })
    } else if (/^(?:Binary files|GIT binary patch|rename |new file|deleted file)/.test(line))
      file.lines.push({ kind: 'hunk', before: undefined, after: undefined, text: line })
  }
  return files.map(({ name, lines }) => ({
    ...{ name, lines },
    added: lines.filter(({ kind }) => kind === 'plus').length,
    removed: lines.filter(({ kind }) => kind === 'minus').length,
  }))
}
