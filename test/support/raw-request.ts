import net from 'node:net'

/** What came back: an answer, or nothing but the end of the connection. */
export type Reply =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'hung' }

/**
 * Sends bytes as they are over a connection of its own; the first answer counts.
 *
 * @param isTorn - nothing more will come, and the other side is told so
 */
export function sendRaw(url: string, bytes: Buffer, isTorn = false, seconds = 30): Promise<Reply> {
  const { hostname, port } = new URL(url)
  const isHead = bytes.subarray(0, 5).toString('latin1') === 'HEAD '
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const finish = (reply: Reply): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(reply)
    }
    const timer = setTimeout(
      () => finish(parse(Buffer.concat(chunks), isHead) ?? { kind: 'hung' }),
      seconds * 1000,
    )
    socket.on('data', chunk => {
      chunks.push(chunk)
      const whole = parse(Buffer.concat(chunks), isHead)
      if (whole !== undefined) finish(whole)
    })
    socket.on('error', () => {})
    socket.on('close', () => finish({ kind: 'closed' }))
    socket.on('end', () => finish({ kind: 'closed' }))
    if (isTorn) socket.end(bytes)
    else socket.write(bytes)
  })
}

/** An answer with all of its body, if it is there; of a stream without end its head. */
function parse(bytes: Buffer, isHead: boolean): Reply | undefined {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1])
  if (end === -1 || Number.isNaN(status)) return undefined
  if (status === 100) return parse(bytes.subarray(end + 4), isHead)
  const [head, body] = [text.slice(0, end), text.slice(end + 4)]
  if (/^content-type: text\/event-stream/im.test(head) || status === 204 || status === 304 || isHead)
    return { kind: 'answer', status, body: '' }
  const length = /^content-length: (\d+)$/im.exec(head)?.[1]
  if (length !== undefined)
    return body.length >= Number(length)
      ? { kind: 'answer', status, body: body.slice(0, Number(length)) }
      : undefined
  return body.endsWith('0\r\n\r\n')
    ? { kind: 'answer', status, body: body.replaceAll(/^[0-9a-f]+\r\n|\r\n[0-9a-f]+\r\n/g, '').trim() }
    : undefined
}
