import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/**
 * Reporter of `node --test` that writes each result to file descriptor 3. It runs in the parent of the processes that load
 * the tests. Those leave what they observe in a file, which is passed on at the end: they have neither the descriptor nor the
 * nonce. The first line of stdin is a nonce, which every line of the report carries.
 */
const RESULTS = 3
const nonce = fs.readFileSync(0, 'utf8').trim()
const names = new Map()
let count = 0
let failed = false

const MAX_OBSERVED_BYTES = 24 * 2 ** 20
const MAX_OBSERVED_LINES = 100_000
const observed = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'observed-')), 'lines')
// Opened now: later there may be something else in its place.
const observations = fs.openSync(observed, 'a+', 0o600)
process.env.ARETE_OBSERVATIONS = observed

export default async function* report(events) {
  for await (const { type, data } of events) {
    const file = data?.file === undefined ? '' : path.basename(data.file)
    if (type === 'test:start') namesOf(file)[data.nesting] = data.name
    if (type === 'test:pass' || type === 'test:fail') finish(type === 'test:fail', data, file)
  }
  passOn()
  send({ kind: 'end', count, code: failed ? 1 : 0 })
  yield ''
}

function finish(isFailed, data, file) {
  if (isFailed) failed = true
  const stack = namesOf(file)
  stack[data.nesting] = data.name
  const isFile = data.nesting === 0 && data.file !== undefined && path.resolve(data.name) === data.file
  if (data.details?.type === 'suite') return
  if (isFile && !isFailed) return
  count += 1
  const id = isFile ? file : `${file}::${stack.slice(0, data.nesting + 1).join(' > ')}`
  const error = data.details?.error
  const message = isFailed ? String(error?.cause?.stack ?? error?.cause ?? error?.stack ?? error ?? '') : ''
  send({
    kind: 'test',
    id,
    status: isFailed ? (isFile ? 'error' : 'failed') : data.skip || data.todo ? 'skipped' : 'passed',
    seconds: Math.round(data.details?.duration_ms ?? 0) / 1000,
    message: message.length > 4000 ? `${message.slice(0, 2000)}\n[…]\n${message.slice(-2000)}` : message,
  })
}

function passOn() {
  const data = Buffer.alloc(Math.min(fs.fstatSync(observations).size, MAX_OBSERVED_BYTES))
  const size = fs.readSync(observations, data, 0, data.length, 0)
  for (const line of data.toString('utf8', 0, size).split('\n', MAX_OBSERVED_LINES)) {
    try {
      const { id, site, value } = JSON.parse(line)
      if (typeof id === 'string' && typeof site === 'string') send({ kind: 'observed', id, site, value })
    } catch {
      // Code under test can write here; what is missing is found out by who knows what has to come.
    }
  }
}

function namesOf(file) {
  if (!names.has(file)) names.set(file, [])
  return names.get(file)
}

function send(line) {
  const data = Buffer.from(`${JSON.stringify({ nonce, ...line })}\n`)
  let offset = 0
  while (offset < data.length) offset += fs.writeSync(RESULTS, data, offset)
}
