import { randomBytes } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { Endpoint } from '../../sandbox/affinetes/environment.ts'
import { readJsonText } from '../../sandbox/bounded-json.ts'
import { Message } from '../../sandbox/gateway/wire.ts'
import { listen } from '../web/listen.ts'

const MOST_BYTES = 4 * 2 ** 20
const MODEL = 'agent'

/** What an environment asks. It has no tools to offer: what it wants done stands in the messages. */
const Question = z.object({
  messages: z.array(Message).min(1).max(1000),
  stream: z.boolean().nullish(),
  n: z.literal(1, 'expected one answer').nullish(),
  tools: z.array(z.never()).max(0, 'an agent takes no tools').nullish(),
})
export type Question = Pick<z.infer<typeof Question>, 'messages'>

/** Answers a question; undefined if nobody does. */
export type Answer = (question: Question) => Promise<string | undefined>

/**
 * An OpenAI-compatible server of this machine behind which somebody answers, for as long as it is not disposed of.
 *
 * @param answer - may be asked several questions at a time; where it has no answer, or fails, whoever asked gets status 503
 */
export async function openAnswering(answer: Answer): Promise<Endpoint & AsyncDisposable> {
  const key = randomBytes(16).toString('hex')
  const app = new OpenAPIHono()
  app.use('*', async (context, next) => {
    if (context.req.header('authorization') === `Bearer ${key}`) return await next()
    return context.json(sayError('The key is not the one of this call'), 401)
  })
  app.get('/v1/models', context => context.json({ object: 'list', data: [{ id: MODEL, object: 'model' }] }))
  app.post('/v1/chat/completions', bodyLimit({ maxSize: MOST_BYTES }), async context => {
    const parsed = Question.safeParse(readJsonText(await context.req.text()))
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!
      return context.json(sayError(`${path.join('.') || 'body'}: ${message}`), 400)
    }
    const text = await answer(parsed.data).catch(() => undefined)
    if (text === undefined) return context.json(sayError('Nobody answers any more'), 503)
    if (parsed.data.stream !== true) return context.json(whole(text))
    return context.body(stream(text), 200, { 'content-type': 'text/event-stream; charset=utf-8' })
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    ...{ url: `${server.url}/v1`, model: MODEL, key },
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  }
}

function whole(content: string): object {
  const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }
  return { ...frame('chat.completion'), choices: [choice] }
}

function stream(content: string): string {
  const events = [
    { index: 0, delta: { role: 'assistant', content }, finish_reason: null },
    { index: 0, delta: {}, finish_reason: 'stop' },
  ].map(choice => JSON.stringify({ ...frame('chat.completion.chunk'), choices: [choice] }))
  return [...events, '[DONE]'].map(event => `data: ${event}\n\n`).join('')
}

function frame(object: string): object {
  return { id: 'answer', object, created: Math.floor(Date.now() / 1000), model: MODEL }
}

function sayError(message: string): object {
  return { error: { message, type: 'invalid_request_error', param: null, code: null } }
}
