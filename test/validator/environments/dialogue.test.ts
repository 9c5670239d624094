import { expect, test } from 'vitest'
import type { Disposition } from '../../../sandbox/affinetes/disposition.ts'
import { joinFiles } from '../../../sandbox/archive.ts'
import { Affinetes } from '../../../task-bank/affinetes.ts'
import { DIALOGUE_FILE } from '../../../task-bank/dialogue.ts'
import { dialogueFiles } from '../../../task-bank/dialogue-folder.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { splits } from '../../../validator/attempt/phases.ts'
import { openAnswering } from '../../../validator/environments/answering.ts'
import { answerIn, answersIn, changesOf, renderQuestion } from '../../../validator/environments/answers.ts'
import { verifyOutcomeOf } from '../../../validator/environments/heard.ts'
import { makeFolder } from '../../support/folder.ts'

const DECLARED = Affinetes.parse({
  ...{ protocol: 'affinetes', netuid: 120, weight: 1, image: `sha256:${'a'.repeat(64)}`, tasks: [0, 100] },
  ...{ draw: 1, confirmation: 1, env: ['GIVEN'] },
})

function filesOf(change: Record<string, string> = {}): string {
  return makeFolder({
    ...Object.fromEntries(dialogueFiles('sums', DECLARED, { task: 7, turns: 3 })),
    ...change,
  })
}

test('a folder is a task in patch mode, whose environment gets the variables that it names and nothing else', () => {
  const task = loadHarborTask(filesOf(), { GIVEN: 'yes', KEPT: 'no' })

  expect(task).toMatchObject({ name: 'sums/7', environment: 'sums', mode: 'patch', workdir: '/app' })
  expect(task.dialogue).toMatchObject({ task: 7, turns: 3, call: { image: DECLARED.image } })
  expect(task.dialogue!.variables).toEqual({ GIVEN: 'yes' })
  expect(splits(task)).toBe(false)
  expect(task.instruction).toContain('answer.md')
})

test('the weight of an environment changes none of its tasks', () => {
  const files = (weight: number) =>
    Object.fromEntries(dialogueFiles('sums', { ...DECLARED, weight }, { task: 7, turns: 3 }))

  expect(files(1)).toEqual(files(2))
})

test.each([
  ['{', `${DIALOGUE_FILE}: `],
  ['{"format":"arete/dialogue/v1","task":-1,"call":{}}', `${DIALOGUE_FILE}: task: `],
  ['{"format":"arete/dialogue/v1","task":1,"call":{"image":"a:1"}}', 'expected a digest'],
])('a mistake in the dialogue is named: %s', (text, words) => {
  expect(() => loadHarborTask(filesOf({ [DIALOGUE_FILE]: text }), {})).toThrow(words)
})

test('nothing beside a dialogue decides', () => {
  const manifest = '[arete]\nmode = "snapshot"\nrunner = "pytest"\nfail_to_pass = ["a"]\n'

  expect(() => loadHarborTask(filesOf({ 'task.toml': manifest }), {})).toThrow(
    /arete.mode: expected "patch"[\s\S]*arete.runner: has no tests/,
  )
})

test('answers go into a tree and come out of it in their order, also more than nine', () => {
  const answers = Array.from({ length: 12 }, (_, turn) => `answer ${turn}`)

  expect(answersIn({ files: changesOf(answers) })).toEqual(answers)
  expect(answersIn({ files: changesOf(['', 'b']) })).toEqual(['', 'b'])
  expect(answerIn({ files: changesOf(['a']) })).toBe('')
})

test('an answer is text, and no more of it than a mebibyte, whatever bytes an agent leaves', () => {
  const files = (content: Uint8Array) =>
    joinFiles([
      { path: 'other.md', mode: 0o644, content: Buffer.from('not this') },
      { path: 'answer.md', mode: 0o644, content },
    ])

  expect(answerIn({ files: files(Buffer.alloc(3 * 2 ** 20, 'x')) })).toHaveLength(2 ** 20)
  expect(answerIn({ files: files(Buffer.from([0xff, 0x00, 0x31])) })).toBe('\ufffd\u00001')
})

test('a question tells who said what', () => {
  expect(
    renderQuestion('Answer.\n', [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Why?' }] },
    ]),
  ).toBe('Answer.\n\n## system\n\nBe brief.\n\n## user\n\nWhy?')
})

test.each([
  [
    { kind: 'failed', score: 0, fault: 'agent', code: 'late', evidence: {} },
    { kind: 'timed-out', seconds: 60 },
  ],
  [
    { kind: 'failed', score: 0, fault: 'agent', code: 'out-of-memory', evidence: {} },
    { kind: 'out-of-memory' },
  ],
  [{ kind: 'failed', score: 0, fault: 'agent', code: 'raised', evidence: {} }, { kind: 'ended-early' }],
  [{ kind: 'scored', score: 0.3, evidence: {} }, { kind: 'reported' }],
] as const)('what a call came to is told as tests tell it: %o', (disposition, ending) => {
  const outcome = verifyOutcomeOf('sums/7', disposition as Disposition, { seconds: 2, most: 60 })

  expect(outcome.ending).toMatchObject(ending)
  expect(outcome.report.reward).toBe(disposition.kind === 'scored' ? 0.3 : undefined)
})

test.each([
  ['task', 'refused', 'task-unusable'],
  ['harness', 'container-lost', 'sandbox-lost'],
  ['harness', 'engine-failed', 'engine-failed'],
] as const)('what is void is no verdict: %s %s', (fault, code, thrown) => {
  const disposition = { kind: 'void', fault, code, evidence: { detail: 'why' } } as const

  expect(() => verifyOutcomeOf('sums/7', disposition, { seconds: 2, most: 60 })).toThrow(
    expect.objectContaining({ code: thrown, message: expect.stringContaining('why') }),
  )
})

test('whoever has the key of a call is answered, whole or as a stream; nobody else is', async () => {
  await using endpoint = await openAnswering(async ({ messages }) =>
    messages.length > 1 ? undefined : `heard ${messages.length}`,
  )
  const ask = async (body: unknown, key = endpoint.key) => {
    const answer = await fetch(`${endpoint.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const messages = [{ role: 'user', content: 'Why?' }]

  const whole = await ask({ messages, temperature: 0.7, model: 'agent' })
  expect(JSON.parse(whole.text)).toMatchObject({
    choices: [{ message: { role: 'assistant', content: 'heard 1' }, finish_reason: 'stop' }],
  })
  const stream = await ask({ messages, stream: true })
  expect(stream.text).toMatch(/^data: \{.*"content":"heard 1".*\}\n\n[\s\S]*data: \[DONE\]\n\n$/)
  expect((await ask({ messages }, 'another')).status).toBe(401)
  expect((await ask({ messages: [] })).status).toBe(400)
  expect((await ask('[')).status).toBe(400)
  expect((await ask({ messages, n: 2 })).text).toContain('expected one answer')
  expect((await ask({ messages, tools: [{ type: 'function' }] })).text).toContain('takes no tools')
  expect((await ask('x'.repeat(5 * 2 ** 20))).status).toBe(413)
  expect((await ask({ messages: [...messages, ...messages] })).status).toBe(503)
})
