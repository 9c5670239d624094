// Runs beside an environment, in its network and in a container of ours. Asks once over HTTP, or again and again until it is healthy.
// stdin: { method, path, port, body?, mostBytes, isPatient }; stdout: a line of JSON that says what came, then the bytes of the body.
import fs from 'node:fs'
import http from 'node:http'

const asked = JSON.parse(fs.readFileSync(0, 'utf8'))
const PAUSE = 50

for (;;) {
  const { head, body } = await ask(asked)
  const isHealthy = head.kind === 'answered' && head.status === 200
  if (!asked.isPatient || isHealthy) {
    fs.writeSync(1, `${JSON.stringify(head)}\n`)
    writeAll(body)
    process.exit(0)
  }
  await new Promise(resolve => setTimeout(resolve, PAUSE))
}

function ask({ method, path, port, body, mostBytes }) {
  return new Promise(resolve => {
    let wasConnected = false
    const settle = (head, bytes = Buffer.alloc(0)) => {
      resolve({ head, body: bytes })
      request.destroy()
    }
    const headers =
      body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = http.request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    request.on('socket', socket =>
      socket.on('connect', () => {
        wasConnected = true
      }),
    )
    request.on('response', response => {
      const chunks = []
      let size = 0
      response.on('data', chunk => {
        size += chunk.length
        if (size > mostBytes) settle({ kind: 'too-big' })
        else chunks.push(chunk)
      })
      response.on('end', () =>
        settle({ kind: 'answered', status: response.statusCode }, Buffer.concat(chunks)),
      )
      for (const event of ['aborted', 'error'])
        response.on(event, () => settle({ kind: 'dropped', code: 'in the middle of its answer' }))
    })
    request.on('error', error =>
      settle({ kind: wasConnected ? 'dropped' : 'unreachable', code: String(error.code ?? error.message) }),
    )
    request.end(body)
  })
}

/** A pipe takes what it has room for. */
function writeAll(bytes) {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(1, bytes, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}
