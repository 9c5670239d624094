import type { Completion, Context, Message, Solution } from 'arete'
import { explore } from './explore.ts'
import { GO, HURRY, NO_CALL, SYSTEM, sayReflect, sayTask } from './prompts.ts'
import { openTools } from './tools.ts'

const MOST_STEPS = 80
/** Characters of a conversation; beyond it the oldest results are left out. */
const MOST_CONVERSATION = 240_000
/** Share of money and time below which the model is told to come to an end. */
const LAST_SHARE = 0.15
const FORGOTTEN = '[This result was left out to save space. Call the tool again if you need it.]'

/**
 * A complete agent to start from: it plans, looks around, edits, runs the tests, and checks its change against the issue before it
 * ends, all within its budget. Its edits in the tree are the answer. Without a model it only explores.
 */
export async function solve(context: Context): Promise<Solution> {
  if (!context.model.available) {
    await explore(context)
    context.log('This run offers no model: the repository was explored, nothing was changed or returned')
    return
  }
  try {
    context.log(`Ended: ${await work(context)}`)
  } catch (error) {
    // A model that fails must not cost the edits that are there: throwing would end the attempt as crashed.
    context.log(`Ended early: ${(error as Error).message}`)
  }
}

/** @returns why it ended */
async function work(context: Context): Promise<string> {
  const { task, shell, signal, budget, model } = context
  const kit = openTools(context)
  const limits = { seconds: budget.secondsLeft(), usd: budget.usdLeft() }
  const { stdout: files } = await shell('git ls-files | head -200')
  let messages: Message[] = [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: sayTask(task.problemStatement, task.workdir, files) },
  ]
  const plan = await model.complete(messages, { tools: kit.tools, toolChoice: 'none' })
  messages.push({ role: 'assistant', content: plan.content || '(no plan)' }, { role: 'user', content: GO })

  let wasChecked = false
  let wasHurried = false
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    if (signal.aborted || budget.secondsLeft() <= 0) return 'time is up'
    if (!wasHurried && isNearlySpent(context, limits)) {
      wasHurried = true
      messages.push({ role: 'user', content: HURRY })
    }
    const answer = await model.complete(messages, { tools: kit.tools })
    messages.push(messageOf(answer))
    for (const call of answer.toolCalls)
      messages.push({ role: 'tool', toolCallId: call.id, content: await kit.use(call) })
    if (answer.toolCalls.some(call => call.name === 'done')) {
      if (wasChecked || wasHurried) return `done after ${step} steps`
      wasChecked = true
      messages.push({ role: 'user', content: sayReflect(await readDiff(context)) })
    } else if (answer.toolCalls.length === 0) {
      messages.push({ role: 'user', content: NO_CALL })
    }
    messages = forget(messages)
  }
  return `${MOST_STEPS} steps are used up`
}

function isNearlySpent({ budget }: Context, limits: { seconds: number; usd: number }): boolean {
  return budget.secondsLeft() < LAST_SHARE * limits.seconds || budget.usdLeft() < LAST_SHARE * limits.usd
}

function messageOf({ content, toolCalls }: Completion): Message {
  // Some providers refuse a message that says nothing at all.
  const said = content || (toolCalls.length === 0 ? '(nothing)' : '')
  return { role: 'assistant', content: said, toolCalls }
}

/** Also what is new and not yet known to git. */
async function readDiff({ shell }: Context): Promise<string> {
  const { stdout } = await shell('git add -AN . 2>/dev/null; git diff', { maxOutputBytes: 40_000 })
  return stdout
}

/** Down to half at once, so that the beginning stays the same, and cached by the provider, for many steps. */
function forget(messages: readonly Message[]): Message[] {
  let length = messages.reduce((sum, { content }) => sum + content.length, 0)
  const isTooLong = length > MOST_CONVERSATION
  return messages.map((message, index) => {
    const isOld = index < messages.length - 8
    if (!isTooLong || !isOld || message.role !== 'tool' || length <= MOST_CONVERSATION / 2) return message
    length -= Math.max(0, message.content.length - FORGOTTEN.length)
    return message.content.length > FORGOTTEN.length ? { ...message, content: FORGOTTEN } : message
  })
}
