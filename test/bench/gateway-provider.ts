import http from 'node:http'

/**
 * A provider of the bench, in a process of its own: to a chat it sends so many pieces, one each so many milliseconds, the first at
 * once. Says its port to whoever started it.
 */
const PIECE = 'some words of an answer '

const server = http.createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data: [{ id: 'model' }] }))
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  // What the bench wants is said in the prompt.
  const body = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { content: string }[] }
  const { pieces, pause } = JSON.parse(body.messages.at(-1)!.content) as { pieces: number; pause: number }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = (data: object): string => `data: ${JSON.stringify({ id: 'x', model: 'model', ...data })}\n\n`
  let sent = 0
  const send = (): void => {
    sent += 1
    response.write(event({ choices: [{ index: 0, delta: { content: PIECE }, finish_reason: null }] }))
    if (sent < pieces) return
    clearInterval(timer)
    const usage = { prompt_tokens: 20, completion_tokens: 5 * pieces }
    response.end(
      `${event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}${event({ choices: [], usage })}data: [DONE]\n\n`,
    )
  }
  const timer = setInterval(send, pause)
  response.on('close', () => clearInterval(timer))
  send()
})
server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as { port: number }).port }))
