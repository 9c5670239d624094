import fs from 'node:fs'
import path from 'node:path'
import type { Context, Tool, ToolCall } from 'arete'
import { findTestCommand, inCopy } from './explore.ts'

const MOST_OUTPUT = 12_000
const MOST_LINES = 400

interface Kit {
  readonly tools: readonly Tool[]
  /** What the model reads of a call; never throws. */
  readonly use: (call: ToolCall) => Promise<string>
}

type Arguments = Readonly<Record<string, unknown>>

/** The hands of the agent: each tool with its form, and what it does in the repository. */
export function openTools({ shell, task, budget }: Context): Kit {
  const inside = (name: unknown): string => path.resolve(task.workdir, String(name ?? '.'))
  const run = async (command: string, seconds = 120): Promise<string> => {
    const timeoutSeconds = Math.max(1, Math.min(seconds, Math.floor(budget.secondsLeft())))
    const { exitCode, stdout, stderr, timedOut } = await shell(command, { timeoutSeconds })
    const output = [stdout, stderr].filter(text => text.trim() !== '').join('\n')
    return `exit code ${exitCode}${timedOut ? ' (killed: it ran too long)' : ''}\n${output || '(no output)'}`
  }

  const hands: Readonly<
    Record<string, { tool: Omit<Tool, 'name'>; use: (args: Arguments) => Promise<string> | string }>
  > = {
    search: {
      tool: describe(
        'Search the files of the repository for an extended regular expression.',
        {
          pattern: 'what to look for',
          path: 'folder or file to look in; everything if left out',
        },
        ['pattern'],
      ),
      use: ({ pattern, path: where }) =>
        run(
          `grep -rnIE --exclude-dir=.git --exclude-dir=node_modules -e ${quote(pattern)} ${quote(where ?? '.')} | cut -c1-300 | head -100`,
        ),
    },
    read: {
      tool: describe(
        'Read lines of a file, each with its number.',
        {
          path: 'the file',
          from: 'first line; 1 if left out',
          to: `last line; at most ${MOST_LINES} lines at once`,
        },
        ['path'],
      ),
      use: ({ path: name, from, to }) => {
        const lines = fs.readFileSync(inside(name), 'utf8').split('\n')
        const first = Math.max(1, Number(from ?? 1))
        const last = Math.min(lines.length, Number(to ?? first + MOST_LINES - 1), first + MOST_LINES - 1)
        const shown = lines.slice(first - 1, last).map((line, index) => `${first + index}\t${line}`)
        return [...shown, ...(last < lines.length ? [`(${lines.length - last} more lines)`] : [])].join('\n')
      },
    },
    edit: {
      tool: describe(
        'Replace a text that stands exactly once in a file.',
        {
          path: 'the file',
          old: 'the text as it is there, with its white space, and enough around it to be unique',
          new: 'what shall be there instead',
        },
        ['path', 'old', 'new'],
      ),
      use: ({ path: name, old, new: fresh }) => {
        const file = inside(name)
        const content = fs.readFileSync(file, 'utf8')
        const parts = content.split(String(old))
        if (parts.length !== 2)
          return `Not edited: the text stands ${parts.length - 1} times in the file, not once`
        fs.writeFileSync(file, parts.join(String(fresh)))
        return 'Edited'
      },
    },
    write: {
      tool: describe('Write a whole file, new or anew.', { path: 'the file', content: 'all of it' }, [
        'path',
        'content',
      ]),
      use: ({ path: name, content }) => {
        fs.mkdirSync(path.dirname(inside(name)), { recursive: true })
        fs.writeFileSync(inside(name), String(content))
        return 'Written'
      },
    },
    run: {
      tool: describe(
        'Run a shell command in the repository. Each starts in a new shell.',
        {
          command: 'the command',
          seconds: 'when it is killed; 120 if left out',
        },
        ['command'],
      ),
      use: ({ command, seconds }) => run(String(command), Number(seconds ?? 120)),
    },
    tests: {
      tool: describe('Run the visible tests in a copy of the repository.', {
        command: 'how, if not in the usual way of such a repository',
      }),
      use: async ({ command }) => {
        const { stdout } = await shell('git ls-files || find . -type f')
        const usual = typeof command === 'string' && command !== '' ? command : findTestCommand(stdout)
        return usual === undefined
          ? 'There are no tests of a known kind: say a command'
          : run(inCopy(usual), 300)
      },
    },
    done: {
      tool: describe('Say that the work is done.', { summary: 'what was changed, and why' }),
      use: () => 'Noted',
    },
  }

  return {
    tools: Object.entries(hands).map(([name, { tool }]) => ({ name, ...tool })),
    async use({ name, arguments: text }) {
      try {
        const hand = Object.hasOwn(hands, name) ? hands[name] : undefined
        if (hand === undefined) return `There is no tool "${name}", but ${Object.keys(hands).join(', ')}`
        return clip(await hand.use(JSON.parse(text) as Arguments))
      } catch (error) {
        return `Failed: ${(error as Error).message}`
      }
    },
  }
}

function describe(
  description: string,
  properties: Readonly<Record<string, string>>,
  required: readonly string[] = [],
) {
  const typed = Object.entries(properties).map(([name, text]) => {
    const type = ['from', 'to', 'seconds'].includes(name) ? 'integer' : 'string'
    return [name, { type, description: text }]
  })
  return { description, parameters: { type: 'object', properties: Object.fromEntries(typed), required } }
}

/** Long outputs lose their middle. */
function clip(text: string): string {
  if (text.length <= MOST_OUTPUT) return text
  const half = MOST_OUTPUT / 2
  return `${text.slice(0, half)}\n[… ${text.length - MOST_OUTPUT} characters left out …]\n${text.slice(-half)}`
}

function quote(word: unknown): string {
  return `'${String(word).replaceAll("'", "'\\''")}'`
}
