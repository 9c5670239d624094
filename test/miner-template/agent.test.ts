import fs from 'node:fs'
import { expect, test } from 'vitest'
import { openBudget } from '../../agent-runtime/budget.ts'
import type { Completion, Context, Message } from '../../agent-runtime/contract.ts'
import { openShell } from '../../agent-runtime/shell.ts'
import { solve } from '../../miner-template/typescript/agent.ts'
import { GO, HURRY, NO_CALL, PLAN, SYSTEM, sayReflect } from '../../miner-template/typescript/prompts.ts'
import { makeFolder } from '../support/folder.ts'

const DONE = calling('done')

test('it plans before it may call a tool, and looks at its change before it ends', async () => {
  const { context, asked, logged } = openContext([{ content: 'The plan', toolCalls: [] }, DONE, DONE])

  await solve(context)

  expect(asked.map(one => one.toolChoice)).toEqual(['none', undefined, undefined])
  expect(asked[0]!.messages[0]).toEqual({ role: 'system', content: SYSTEM })
  expect(asked[0]!.messages.at(-1)!.content).toContain(PLAN)
  expect(asked[1]!.messages.slice(2)).toEqual([
    { role: 'assistant', content: 'The plan' },
    { role: 'user', content: GO },
  ])
  expect(asked[2]!.messages.at(-1)).toEqual({ role: 'user', content: sayReflect('') })
  expect(logged.at(-1)).toBe('Ended: done after 2 steps')
})

test.each([
  { what: 'money', seconds: 0, usd: 0.9 },
  { what: 'time', seconds: 54, usd: 0 },
])('near the end of its $what it is told to hurry, once, and ends with the first done', async spends => {
  const { context, asked, logged, spend } = openContext([
    { content: 'The plan', toolCalls: [] },
    () => {
      spend(spends)
      return { content: '', toolCalls: [] }
    },
    calling('search', { pattern: 'x' }),
    DONE,
  ])

  await solve(context)

  const hurries = asked.map(({ messages }) => messages.filter(({ content }) => content === HURRY).length)
  expect(hurries).toEqual([0, 0, 1, 1])
  expect(asked[2]!.messages.slice(-2).map(({ content }) => content)).toEqual([NO_CALL, HURRY])
  expect(logged.at(-1)).toBe('Ended: done after 3 steps')
})

test('both templates tell a model the same', () => {
  const python = fs.readFileSync('miner-template/python/agent.py', 'utf8')
  const [before, after] = sayReflect('{diff}').split('{diff}').map(plain) as [string, string]

  expect(python).toContain(`SYSTEM = """${SYSTEM}"""\n`)
  expect(python).toContain(`${PLAN}"""\n`)
  for (const text of [GO, HURRY, NO_CALL]) expect(python).toMatch(quoted(text))
  expect(plain(python)).toContain(`REFLECT = """${before} {diff} ${after}"""`)
})

function openContext(answers: readonly (Completion | (() => Completion))[]) {
  const workdir = makeFolder({})
  const asked: { messages: readonly Message[]; toolChoice: string | undefined }[] = []
  const logged: string[] = []
  let milliseconds = 0
  const budget = openBudget({ seconds: 60, usd: 1, now: () => milliseconds })
  const { signal } = new AbortController()
  const context: Context = {
    task: { problemStatement: 'The sum is wrong', workdir, mcpServers: [], skillsFolder: undefined },
    model: {
      available: true,
      chat: async () => '',
      complete: async (messages, options) => {
        const answer = answers[asked.push({ messages: [...messages], toolChoice: options?.toolChoice }) - 1]
        if (answer === undefined) throw new Error('The script is over')
        return typeof answer === 'function' ? answer() : answer
      },
    },
    shell: openShell(workdir, signal),
    ...{ budget, signal, log: message => void logged.push(message) },
  }
  const spend = ({ seconds, usd }: { seconds: number; usd: number }): void => {
    milliseconds += 1000 * seconds
    budget.add({ usd })
  }
  return { context, asked, logged, spend }
}

function calling(name: string, args: object = {}): Completion {
  return { content: '', toolCalls: [{ id: `call-${name}`, name, arguments: JSON.stringify(args) }] }
}

function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** A text as Python writes it, whole. */
function quoted(text: string): RegExp {
  return new RegExp(`(["'])${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\1`)
}
