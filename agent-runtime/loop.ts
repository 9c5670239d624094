import { checkBudget } from './budget.ts'
import type { ChatOptions, Context, Message, ShellResult } from './contract.ts'
import { ModelError } from './model.ts'

export interface LoopOptions {
  /** Answers of the model, malformed ones included; 100 unless told. */
  readonly maxSteps?: number
  /** Time for one command; 120 unless told, and never more than the budget has left. */
  readonly commandSeconds?: number
  /** Characters the model sees of stdout and of stderr each; 8,000 unless told. */
  readonly maxOutput?: number
  /** Characters of the whole conversation, beyond which old outputs are left out; 300,000 unless told. */
  readonly maxConversation?: number
  /** What this agent knows better: added to the system prompt. */
  readonly instructions?: string
  readonly chat?: ChatOptions
}

/** How a loop ended, after how many answers. What it changed in the tree stays, whatever the end. */
export type LoopEnd =
  | { readonly kind: 'done' | 'steps' | 'time' | 'money' | 'aborted'; readonly steps: number }
  | { readonly kind: 'failed'; readonly steps: number; readonly reason: string }

/**
 * The reference agent: the model says one command at a time, reads what it printed, and says when it is
 * done. It edits the tree and never throws; each step and the end are logged.
 */
export async function runLoop(context: Context, options: LoopOptions = {}): Promise<LoopEnd> {
  const { maxSteps = 100, maxConversation = 300_000 } = options
  let messages: readonly Message[] = [
    { role: 'system', content: [SYSTEM, options.instructions ?? ''].join('\n').trim() },
    { role: 'user', content: renderTask(context.task) },
  ]
  for (let steps = 0; ; steps++) {
    const stop = context.signal.aborted ? 'aborted' : checkBudget(context.budget)
    if (stop !== undefined || steps >= maxSteps) return end(context, { kind: stop ?? 'steps', steps })

    let answer: string
    try {
      answer = await context.model.chat(messages, options.chat)
    } catch (error) {
      return end(context, judge(context, error, steps))
    }
    const action = parseAction(answer)
    if (action.kind === 'done') {
      context.log('Step', { step: steps + 1, answer })
      return end(context, { kind: 'done', steps: steps + 1 })
    }
    const reply = action.kind === 'run' ? await observe(context, action.command, options) : action.problem
    context.log('Step', { step: steps + 1, answer, reply })
    const turn: Message[] = [
      { role: 'assistant', content: answer.trim() || '(nothing)' },
      { role: 'user', content: reply },
    ]
    messages = forgetOutputs([...messages, ...turn], maxConversation)
  }
}

function end(context: Context, result: LoopEnd): LoopEnd {
  context.log('Loop ended', result)
  return result
}

// A model that fails must not cost the agent the edits it has made: throwing would end the attempt as crashed.
function judge(context: Context, error: unknown, steps: number): LoopEnd {
  if (context.signal.aborted) return { kind: 'aborted', steps }
  if (error instanceof ModelError && error.code === 'money') return { kind: 'money', steps }
  return { kind: 'failed', steps, reason: error instanceof Error ? error.message : String(error) }
}

async function observe(context: Context, command: string, options: LoopOptions): Promise<string> {
  const { commandSeconds = 120, maxOutput = 8000 } = options
  const timeoutSeconds = Math.max(1, Math.min(commandSeconds, Math.floor(context.budget.secondsLeft())))
  const result = await context.shell(command, { timeoutSeconds })
  return renderObservation(result, maxOutput)
}

export type Action =
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'malformed'; readonly problem: string }

/** Finds the one command of an answer. `problem` is written to the model. */
export function parseAction(answer: string): Action {
  // Some models send their thinking along, with commands that they only consider.
  const { commands, open } = findCommands(answer.replace(/<think>[\s\S]*?<\/think>/g, ''))
  const [command, ...others] = commands
  if (open) return malformed('The last ``` block of your answer is not closed, so nothing was run.')
  if (command === undefined) return malformed('Your answer has no ```bash block, so nothing was run.')
  if (others.length > 0)
    return malformed(`Your answer has ${commands.length} \`\`\`bash blocks, so nothing was run.`)
  if (command === '') return malformed('The ```bash block of your answer is empty, so nothing was run.')
  if (/^echo ["']?ARETE_DONE["']?$/.test(command)) return { kind: 'done' }
  if (/^(.*&& *)?echo ["']?ARETE_DONE["']?$/m.test(command))
    return malformed('`echo ARETE_DONE` must be the only command in its block, so nothing was run.')
  return { kind: 'run', command }
}

function malformed(problem: string): Action {
  return { kind: 'malformed', problem: `${problem} Answer with exactly one \`\`\`bash block.` }
}

function findCommands(answer: string): { readonly commands: readonly string[]; readonly open: boolean } {
  const commands: string[] = []
  let block: { readonly fence: string; readonly language: string; readonly lines: string[] } | undefined
  for (const line of answer.split(/\r?\n/)) {
    const [, fence = '', info = ''] = line.match(/^ {0,3}(`{3,})([^`]*)$/) ?? []
    if (block === undefined) {
      if (fence !== '') block = { fence, language: info.trim(), lines: [] }
    } else if (fence.length >= block.fence.length && info.trim() === '') {
      if (/^(bash|sh|shell)$/.test(block.language)) commands.push(block.lines.join('\n').trim())
      block = undefined
    } else {
      block.lines.push(line)
    }
  }
  return { commands, open: block !== undefined }
}

/** What the model reads after a command; at most `maxOutput` characters of each stream. */
export function renderObservation(result: ShellResult, maxOutput: number): string {
  const killed = result.timedOut ? ' (killed: it ran too long)' : ''
  const streams = [
    ['stdout', result.stdout],
    ['stderr', result.stderr],
  ].filter(([, text]) => text !== '')
  return [
    `exit code: ${result.exitCode}${killed}`,
    ...streams.map(([name, text = '']) => `${name}:\n${clip(text.trimEnd(), maxOutput)}`),
    ...(streams.length === 0 ? ['no output'] : []),
  ].join('\n')
}

function clip(text: string, limit: number): string {
  if (text.length <= limit) return text
  const half = Math.floor(limit / 2)
  // Half a surrogate pair is not valid Unicode, and some providers refuse the whole request for it.
  const head = text.slice(0, half).replace(/[\ud800-\udbff]$/, '')
  const tail = text.slice(text.length - half).replace(/^[\udc00-\udfff]/, '')
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`
}

/**
 * Leaves out the oldest outputs once a conversation is longer than `limit` characters. It then goes down
 * to half of `limit`, so that the beginning stays the same, and cached by the provider, for many steps.
 */
export function forgetOutputs(messages: readonly Message[], limit: number): readonly Message[] {
  let length = messages.reduce((sum, message) => sum + message.content.length, 0)
  if (length <= limit) return messages
  return messages.map((message, index) => {
    const isOutput = index >= 2 && index < messages.length - 1 && message.role === 'user'
    if (!isOutput || length <= limit / 2 || message.content.length <= FORGOTTEN.length) return message
    length -= message.content.length - FORGOTTEN.length
    return { role: message.role, content: FORGOTTEN }
  })
}

const FORGOTTEN = '[This output was left out to save space. Run the command again if you need it.]'

function renderTask({ problemStatement, workdir }: Context['task']): string {
  return `The repository is in ${workdir}. This is the issue:\n\n${problemStatement}`
}

const SYSTEM = `You are a software engineer who resolves one issue in a repository, working through a shell.

Each of your answers is a short thought followed by exactly one command, like this:

The parser drops the last line, so I look at where it splits.

\`\`\`bash
grep -rn 'split(' src | head -20
\`\`\`

You then get the exit code and the output of that command, and give the next one.

- Every command starts in a new shell in the repository: \`cd\` and variables do not last, files do.
- A block may hold several lines. If the command itself has a line of three backticks, open and close the
  block with four.
- Nobody answers prompts, there is no editor and no network. Long output loses its middle: search and print
  the lines you need instead of whole files.
- Write files with a quoted here-document or a small script; change only the lines that need it.

How to go about it:

1. Find the code that the issue is about and read what surrounds it.
2. See the failure with your own eyes: a small script or one of the tests.
3. Correct the cause rather than the example, and think of the neighbouring cases. Tests that you cannot
   see will check the behaviour that the issue asks for, and that nothing else broke.
4. Run your script again and the tests that touch what you changed.
5. Delete the files that you only made for trying out. Do not commit: the tree as you leave it is the result.

When all of that is done, answer with this command and nothing else in its block:

\`\`\`bash
echo ARETE_DONE
\`\`\`
`
