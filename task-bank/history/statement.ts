import { type Answer, concealNames, tellsLine } from './answer.ts'
import { identifiersOf } from './diff.ts'
import type { Discussion } from './discussions.ts'
import { mentionsOf, parseMessage } from './message.ts'
import type { Missing } from './missing.ts'

/** The text that an agent gets, and where it comes from. */
export interface Statement {
  readonly source: StatementSource
  readonly text: string
}

export type StatementSource =
  | { readonly kind: 'issue' | 'pull'; readonly number: number }
  | { readonly kind: 'commit-message' }

/** With fewer telling words than this nobody could know what is wanted. */
const LEAST_WORDS = 3
const MAX_CHARACTERS = 8000

/**
 * Writes what is wrong or wanted: the text of the issue that a commit closes, else of its pull request, else its own message, each
 * without what gives the answer away. An issue tells what somebody saw, so its code and names stay unless they are lines of the
 * answer; the others were written by somebody who knew it.
 *
 * @param missing - what the hidden tests use and does not exist yet
 * @returns undefined if nothing that tells enough is left
 */
export function writeStatement(
  message: string,
  options: {
    discussions: ReadonlyMap<number, Discussion>
    answer: Answer
    missing: readonly Missing[]
  },
): Statement | undefined {
  const { discussions, answer, missing } = options
  for (const { source, title, body } of listTexts(message, discussions, answer.used)) {
    const isKnowing = source.kind !== 'issue'
    if (isKnowing && body.trim() === '' && SAYS_HOW.test(title)) continue
    const heading = isKnowing ? concealNames(withoutMeans(title), answer).text : title
    const text = conceal(body, answer, isKnowing)
    const all = `${heading}\n${text}`
    if (countWords(all) < LEAST_WORDS || tellsLine(all, answer)) continue
    return { source, text: layOut(heading, text, missing) }
  }
  return undefined
}

interface Told {
  readonly source: StatementSource
  readonly title: string
  readonly body: string
}

/** Every text there is about a change, the best first. */
function listTexts(
  message: string,
  discussions: ReadonlyMap<number, Discussion>,
  used: Answer['used'],
): Told[] {
  const { closes, mentions } = mentionsOf(message)
  const find = (numbers: readonly number[]): Discussion[] =>
    numbers.flatMap(number => discussions.get(number) ?? [])
  const named = find([...new Set([...closes, ...mentions])])
  // A pull request in turn says which issue it closes.
  const further = find(
    named.filter(({ kind }) => kind === 'pull').flatMap(({ body }) => mentionsOf(body).closes),
  )
  const all = [...new Set([...named, ...further])]
  const ordered = [
    ...all.filter(({ kind }) => kind === 'issue'),
    ...all.filter(({ kind }) => kind === 'pull'),
  ]
  return [
    ...ordered.map(({ kind, number, title, body: told }) => ({
      source: { kind, number },
      title,
      body: told,
    })),
    ...ownText(message, used),
  ]
}

/** What by its own convention changes nothing that anybody could see. */
const INNER = /^(?:refactor|chore|docs|tests?|build|ci|style)$/
/** Titles that tell the means and not the end. */
const SAYS_HOW =
  /^(?:us(?:e|es|ing)|replac|switch|refactor|renam|mov(?:e|es|ing)\b|extract|inlin|simplif|convert|migrat|clean|tid(?:y|ies)|bump|upgrad|updat|lint|format|appl(?:y|ies)|drop|merg|releas|rewrit|rework|reorgani|deprecat|remove unused|v?\d)/i

function ownText(message: string, used: Answer['used']): Told[] {
  const { kind, scope, subject, body } = parseMessage(message)
  if (INNER.test(kind)) return []
  const names = scope.split(/[\s,/]+/).filter(Boolean)
  // Without it nobody would know of what the subject speaks.
  const isTold = names.length > 0 && names.every(name => used.has(name))
  const title = isTold ? `${names.map(name => `\`${name}\``).join(', ')}: ${subject}` : subject
  return [{ source: { kind: 'commit-message' }, title, body }]
}

/** Removes the answer from a text. */
function conceal(text: string, answer: Answer, isKnowing: boolean): string {
  const plain = withoutDiffs(withoutComments(text.replaceAll('\r\n', '\n').slice(0, 4 * MAX_CHARACTERS)))
  const { body } = parseMessage(`-\n${plain}`)
  const blocks = splitBlocks(body)
    .filter(block => !block.isCode || !(isKnowing || tellsLine(block.text, answer)))
    .map(block => (block.isCode ? block.text : concealProse(block.text, answer, isKnowing)))
  return blocks
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
    .slice(0, MAX_CHARACTERS)
}

/** Sentences that speak of the answer's files, or of more than one of its names, are left out as a whole. */
function concealProse(text: string, answer: Answer, isKnowing: boolean): string {
  const lines = text.split('\n').filter(line => !tellsLine(line, answer))
  if (!isKnowing) return lines.join('\n')
  return joinLines(lines)
    .map(line =>
      line
        .split(/(?<=[.!?;])\s+/)
        .filter(sentence => !tellsLine(sentence, answer))
        .map(sentence => concealNames(withoutMeans(sentence), answer))
        .filter(({ names, files }) => names + files < 2 && files === 0)
        .map(({ text: concealed }) => concealed)
        .join(' '),
    )
    .join('\n')
}

/** Sentences that were broken into lines become whole; lists, quotations and headings stay as they are. */
function joinLines(lines: readonly string[]): string[] {
  const joined: string[] = []
  for (const line of lines) {
    const last = joined.at(-1) ?? ''
    const goesOn =
      last.trim() !== '' &&
      /^ {0,3}[\p{L}\p{N}`"'(]/u.test(line) &&
      !/^\s*\d+[.)]\s/.test(line) &&
      !/^#/.test(last)
    if (goesOn) joined[joined.length - 1] = `${last} ${line.trim()}`
    else joined.push(line)
  }
  return joined
}

/** Cuts off how it was done: "by checking …", "using …" at the end of a sentence. */
function withoutMeans(line: string): string {
  return line.replace(
    /,?\s{1,4}(?:by|through|via)\s{1,4}(?:simply |just )?[a-z]{1,20}ing\b[^.;]*(?=[.;]|$)/g,
    '',
  )
}

function withoutComments(text: string): string {
  return text.replace(/<!--[\s\S]*?(?:-->|$)/g, '')
}

const DIFF_HEAD = /^\s*(?:diff --git |index [0-9a-f]{6,}\.\.|--- \S|\+\+\+ \S|@@ .*@@)/

/** Removes lines of diffs: their heads, and what starts with plus or minus below one. */
function withoutDiffs(text: string): string {
  let inside = false
  return text
    .split('\n')
    .filter(line => {
      if (DIFF_HEAD.test(line)) {
        inside = true
        return false
      }
      if (line.trim() === '' || line.startsWith('```')) inside = false
      return !inside
    })
    .join('\n')
}

interface Block {
  readonly isCode: boolean
  readonly text: string
}

/** Paragraphs of prose and blocks of code: fenced, or indented by four columns after a blank line. */
function splitBlocks(text: string): Block[] {
  const blocks: { isCode: boolean; lines: string[] }[] = []
  let fence: string | undefined
  let isBlank = true
  for (const line of text.split('\n')) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1]
    const opens = fence === undefined && mark !== undefined
    const indented =
      fence === undefined && /^(?: {4}|\t)\s*\S/.test(line) && !/^\s*(?:[-*+]|\d+[.)])\s/.test(line)
    const last = blocks.at(-1)
    const isCode = fence !== undefined || opens || (indented && (isBlank || last?.isCode === true))
    if (last === undefined || opens || last.isCode !== isCode) blocks.push({ isCode, lines: [line] })
    else last.lines.push(line)
    if (opens) fence = mark
    else if (fence !== undefined && mark?.startsWith(fence)) fence = undefined
    isBlank = line.trim() === ''
  }
  return blocks.map(({ isCode, lines }) => ({ isCode, text: lines.join('\n') }))
}

const SAYS_NOTHING = new Set(
  'fix fixes fixed fixing bug bugs issue issues error problem add adds added adding test tests tested testing update updates updated change changes changed make makes improve improves improved the and for with this that from into name file function class constant code piece some minor small typo cleanup clean review feedback address comments'.split(
    ' ',
  ),
)

function countWords(text: string): number {
  const words = text.toLowerCase().match(/\p{L}{3,}/gu) ?? []
  return new Set(words.filter(word => !SAYS_NOTHING.has(word))).size
}

function layOut(title: string, body: string, missing: readonly Missing[]): string {
  const heading = title.replaceAll(/\s+/g, ' ').trim()
  const told = identifiersOf([title, body])
  const list = missing
    .filter(({ signature }) => !told.has(signature))
    .map(({ signature, file }) => `- \`${signature}\` in \`${file}\``)
  const needed = list.length === 0 ? '' : `${NEEDED}\n\n${list.join('\n')}`
  const parts = [`# ${heading.charAt(0).toUpperCase()}${heading.slice(1)}`, body, needed, CLOSING]
  return `${parts.filter(part => part.trim() !== '').join('\n\n')}\n`
}

const NEEDED = 'Whoever checks the result uses these, which do not exist yet:'
const CLOSING = 'Change the code of this repository accordingly. What worked before must go on working.'
