import { joinFiles, splitFiles } from '../../sandbox/archive.ts'
import type { Message } from '../../sandbox/gateway/wire.ts'
import type { Patch } from '../../sandbox/patch.ts'
import type { Changes } from '../../sandbox/sandbox.ts'
import { ANSWER_FILE } from '../../task-bank/dialogue.ts'

const FOLDER = 'answers'
const MOST_BYTES = 2 ** 20

/** What an agent is told to do for one question: the task's own words, then the conversation so far. */
export function renderQuestion(instruction: string, messages: readonly Message[]): string {
  const said = messages.map(message => `## ${message.role}\n\n${textOf(message)}`)
  return [instruction.trim(), ...said].join('\n\n')
}

/** The answer that a patch leaves: what it writes into the answer's file, at most 1 MiB of it; empty if it writes nothing there. */
export function answerIn({ files }: Pick<Patch, 'files'>): string {
  return textAt(files, ANSWER_FILE)
}

/** All answers of an attempt as files of one tree, `answers/1.md` and so on, so that they are a patch like any other. */
export function changesOf(answers: readonly string[]): Changes {
  const files = answers.map((answer, index) => ({
    path: `${FOLDER}/${index + 1}.md`,
    mode: 0o644,
    content: Buffer.from(answer),
  }))
  return { ...joinFiles(files), removed: [], truncated: false }
}

/** The answers in a patch made of `changesOf`, in their order. */
export function answersIn({ files }: Pick<Patch, 'files'>): string[] {
  const answers: string[] = []
  const names = new Set(files.entries.map(({ path }) => path))
  for (let turn = 1; names.has(`${FOLDER}/${turn}.md`); turn++)
    answers.push(textAt(files, `${FOLDER}/${turn}.md`))
  return answers
}

function textAt(files: Patch['files'], name: string): string {
  for (const { entry, content } of splitFiles(files))
    if (entry.path === name && entry.kind === 'file')
      return Buffer.from(content).subarray(0, MOST_BYTES).toString('utf8')
  return ''
}

function textOf({ content }: Message): string {
  if (typeof content === 'string') return content
  return (content ?? []).map(part => part.text).join('\n')
}
