import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openBudget } from '../../agent-runtime/budget.ts'
import type { Context, Message } from '../../agent-runtime/contract.ts'
import { forgetOutputs, parseAction, renderObservation, runLoop } from '../../agent-runtime/loop.ts'
import { ModelError } from '../../agent-runtime/model.ts'
import { openShell } from '../../agent-runtime/shell.ts'

const DONE = bash('echo ARETE_DONE')

test('runLoop() runs the commands of the model in the repository until it is done', async () => {
  const { context, asked, logged } = await openContext([
    `I write the file. ${bash('echo fixed > file.txt')}`,
    bash('cat file.txt; ls missing'),
    `All good. ${DONE}`,
  ])

  expect(await runLoop(context)).toEqual({ kind: 'done', steps: 3 })

  expect(await readFile(path.join(context.task.workdir, 'file.txt'), 'utf8')).toBe('fixed\n')
  expect(asked[2]!.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
  ])
  expect(asked[2]![1]!.content).toContain('The sum is wrong')
  expect(asked[2]![3]!.content).toBe('exit code: 0\nno output')
  expect(asked[2]![5]!.content).toMatch(/^exit code: [12]\nstdout:\nfixed\nstderr:\nls: .*missing/)
  expect(logged.map(([message]) => message)).toEqual(['Step', 'Step', 'Step', 'Loop ended'])
  expect(logged[0]![1]).toMatchObject({ step: 1, reply: 'exit code: 0\nno output' })
  expect(logged.at(-1)).toEqual(['Loop ended', { kind: 'done', steps: 3 }])
})

test('runLoop() tells the model what is wrong with an answer and goes on', async () => {
  const { context, asked } = await openContext(['', 'I am thinking', DONE])

  expect(await runLoop(context)).toEqual({ kind: 'done', steps: 3 })

  expect(asked[2]!.slice(2)).toEqual([
    { role: 'assistant', content: '(nothing)' },
    { role: 'user', content: expect.stringContaining('no ```bash block') },
    { role: 'assistant', content: 'I am thinking' },
    { role: 'user', content: expect.stringContaining('no ```bash block') },
  ])
})

test('runLoop() does not change conversations that it has sent', async () => {
  const { context, asked } = await openContext([bash('true'), bash('true'), DONE])

  await runLoop(context)

  expect(asked.map(messages => messages.length)).toEqual([2, 4, 6])
})

test('runLoop() stops after maxSteps answers', async () => {
  const { context, asked } = await openContext([bash('true'), 'hm', bash('true')])

  expect(await runLoop(context, { maxSteps: 2 })).toEqual({ kind: 'steps', steps: 2 })
  expect(asked).toHaveLength(2)
})

test.each([
  { name: 'time', seconds: 0, usd: 1 },
  { name: 'money', seconds: 60, usd: 0 },
])('runLoop() asks nothing without $name', async ({ name, ...limits }) => {
  const { context, asked } = await openContext([DONE], limits)

  expect(await runLoop(context)).toEqual({ kind: name, steps: 0 })
  expect(asked).toHaveLength(0)
})

test('runLoop() stops when the signal fires during a command', async () => {
  const abort = new AbortController()
  const { context } = await openContext([bash('sleep 30'), DONE], { signal: abort.signal })
  setTimeout(() => abort.abort(), 50)

  expect(await runLoop(context)).toEqual({ kind: 'aborted', steps: 1 })
})

test('runLoop() stops when the signal fires while the model thinks', async () => {
  const abort = new AbortController()
  const { context } = await openContext(
    [
      () => {
        abort.abort()
        abort.signal.throwIfAborted()
      },
    ],
    { signal: abort.signal },
  )

  expect(await runLoop(context)).toEqual({ kind: 'aborted', steps: 0 })
})

test.each([
  { error: new ModelError('money', 'spent'), end: { kind: 'money', steps: 1 } },
  { error: new ModelError('failed', 'broken'), end: { kind: 'failed', steps: 1, reason: 'broken' } },
  { error: new Error('anything'), end: { kind: 'failed', steps: 1, reason: 'anything' } },
])('runLoop() ends without throwing when the model rejects with $error', async ({ error, end }) => {
  const { context, logged } = await openContext([
    bash('true'),
    () => {
      throw error
    },
  ])

  expect(await runLoop(context)).toEqual(end)
  expect(logged.at(-1)).toEqual(['Loop ended', end])
})

test('runLoop() kills a command after commandSeconds', async () => {
  const { context, asked } = await openContext([bash('echo begun; sleep 30'), DONE])

  expect(await runLoop(context, { commandSeconds: 1 })).toEqual({ kind: 'done', steps: 2 })
  expect(asked[1]!.at(-1)!.content).toBe('exit code: 137 (killed: it ran too long)\nstdout:\nbegun')
})

test('runLoop() adds the instructions to the system prompt and hands on the chat options', async () => {
  const options: unknown[] = []
  const { context, asked } = await openContext([DONE])
  const model: Context['model'] = {
    available: true,
    chat: (messages, chatOptions) => {
      options.push(chatOptions)
      return context.model.chat(messages)
    },
    complete: context.model.complete,
  }

  await runLoop({ ...context, model }, { instructions: 'Mind the tabs.', chat: { temperature: 0 } })

  expect(asked[0]![0]!.content).toMatch(/Mind the tabs\.$/)
  expect(options).toEqual([{ temperature: 0 }])
})

test.each([
  { name: 'a block between words', answer: 'So:\n```bash\nls\n```\nThen we see.', command: 'ls' },
  { name: 'several lines', answer: bash('cd src\nls'), command: 'cd src\nls' },
  { name: 'sh', answer: '```sh\nls\n```', command: 'ls' },
  { name: 'Windows line ends', answer: '```bash\r\nls\r\n```\r\n', command: 'ls' },
  { name: 'an indented fence', answer: '  ```bash\n  ls\n  ```', command: 'ls' },
  {
    name: 'a block of another language beside it',
    answer: `\`\`\`python\nx = 1\n\`\`\`\n${bash('ls')}`,
    command: 'ls',
  },
  {
    name: 'bash quoted in another block',
    answer: `\`\`\`\`text\n${bash('rm x')}\n\`\`\`\`\n${bash('ls')}`,
    command: 'ls',
  },
  { name: 'backticks inside', answer: '````bash\ncat <<E\n```\nE\n````', command: 'cat <<E\n```\nE' },
  { name: 'thoughts with commands', answer: `<think>${bash('rm x')}</think>\n${bash('ls')}`, command: 'ls' },
  { name: 'the word done inside', answer: bash('grep ARETE_DONE .'), command: 'grep ARETE_DONE .' },
])('parseAction() finds the command: $name', ({ answer, command }) => {
  expect(parseAction(answer)).toEqual({ kind: 'run', command })
})

test.each(['echo ARETE_DONE', 'echo "ARETE_DONE"', "echo 'ARETE_DONE'\n"])(
  'parseAction() sees %j as done',
  command => {
    expect(parseAction(bash(command))).toEqual({ kind: 'done' })
  },
)

test.each([
  { answer: '', problem: 'has no ```bash block' },
  { answer: 'Use `ls`.', problem: 'has no ```bash block' },
  { answer: '```\nls\n```', problem: 'has no ```bash block' },
  { answer: '```python\nx = 1\n```', problem: 'has no ```bash block' },
  { answer: bash(' \n'), problem: 'is empty' },
  { answer: `${bash('ls')}\n${bash('pwd')}`, problem: 'has 2 ```bash blocks' },
  { answer: `${bash('git diff')}\n${DONE}`, problem: 'has 2 ```bash blocks' },
  { answer: '```bash\nls', problem: 'is not closed' },
  { answer: bash('git diff\necho ARETE_DONE'), problem: 'must be the only command' },
  { answer: bash('npm test && echo ARETE_DONE'), problem: 'must be the only command' },
])('parseAction() refuses $answer', ({ answer, problem }) => {
  expect(parseAction(answer)).toEqual({ kind: 'malformed', problem: expect.stringContaining(problem) })
})

test.each([
  { result: {}, text: 'exit code: 0\nno output' },
  { result: { stdout: 'a\n' }, text: 'exit code: 0\nstdout:\na' },
  { result: { stderr: 'b' }, text: 'exit code: 0\nstderr:\nb' },
  { result: { exitCode: 1, stdout: 'a', stderr: 'b' }, text: 'exit code: 1\nstdout:\na\nstderr:\nb' },
  { result: { exitCode: 137, timedOut: true }, text: 'exit code: 137 (killed: it ran too long)\nno output' },
  {
    result: { stdout: '0123456789ABCDEF' },
    text: 'exit code: 0\nstdout:\n01234\n[… 6 characters left out …]\nBCDEF',
  },
  {
    result: { stdout: '0123😀456789😀CDEF' },
    text: 'exit code: 0\nstdout:\n0123\n[… 10 characters left out …]\nCDEF',
  },
])('renderObservation() of $result', ({ result, text }) => {
  expect(renderObservation({ exitCode: 0, stdout: '', stderr: '', timedOut: false, ...result }, 10)).toBe(
    text,
  )
})

test('forgetOutputs() keeps a conversation that is short enough', () => {
  const messages = conversation(4, 1000)

  expect(forgetOutputs(messages, 10_000)).toEqual(messages)
})

test('forgetOutputs() leaves out the oldest outputs, down to half of the limit', () => {
  const messages = conversation(8, 1000)

  const kept = forgetOutputs(messages, 9000)

  const outputs = kept.slice(2).filter(({ role }) => role === 'user')
  expect(outputs.map(({ content }) => content.length === 1000)).toEqual([
    ...Array<boolean>(6).fill(false),
    ...Array<boolean>(2).fill(true),
  ])
  expect(kept.reduce((sum, { content }) => sum + content.length, 0)).toBeLessThanOrEqual(4500)
  expect(forgetOutputs(kept, 9000)).toEqual(kept)
})

test('forgetOutputs() never touches task, answers and the last output', () => {
  const messages = conversation(3, 1000)

  const kept = forgetOutputs(messages, 10)

  expect([0, 1, 2, 4, 6, 7].map(index => kept[index])).toEqual(
    [0, 1, 2, 4, 6, 7].map(index => messages[index]),
  )
})

function bash(command: string): string {
  return `\n\`\`\`bash\n${command}\n\`\`\``
}

function conversation(steps: number, length: number): Message[] {
  const turn = (): Message[] => [
    { role: 'assistant', content: 'ls' },
    { role: 'user', content: 'x'.repeat(length) },
  ]
  return [
    { role: 'system', content: 's'.repeat(length) },
    { role: 'user', content: 't'.repeat(length) },
    ...Array.from({ length: steps }, turn).flat(),
  ]
}

interface Setting {
  readonly seconds?: number
  readonly usd?: number
  readonly signal?: AbortSignal
}

async function openContext(answers: readonly (string | (() => void))[], setting: Setting = {}) {
  const { seconds = 60, usd = 1, signal = new AbortController().signal } = setting
  const workdir = await mkdtemp(path.join(tmpdir(), 'arete-loop-'))
  onTestFinished(() => rm(workdir, { recursive: true, force: true }))
  const asked: (readonly Message[])[] = []
  const logged: [string, unknown][] = []
  const chat: Context['model']['chat'] = async messages => {
    const answer = answers[asked.push(messages) - 1]
    if (typeof answer === 'function') answer()
    if (typeof answer === 'string') return answer
    throw new Error('The script is over')
  }
  const context: Context = {
    task: { problemStatement: 'The sum is wrong', workdir, mcpServers: [], skillsFolder: undefined },
    model: {
      available: true,
      chat,
      complete: async messages => ({ content: await chat(messages), toolCalls: [] }),
    },
    shell: openShell(workdir, signal),
    budget: openBudget({ seconds, usd, now: () => 0 }),
    signal,
    log: (message, data) => logged.push([message, data]),
  }
  return { context, asked, logged }
}
