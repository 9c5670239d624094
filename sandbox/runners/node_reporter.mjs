import path from 'node:path'
import { say, shorten } from './observe.mjs'

/** Reporter of `node:test` that says on file descriptor 3 how each test of this process ended. */
const names = []
let count = 0
let failed = false

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:start') names[data.nesting] = data.name
    if (type === 'test:pass' || type === 'test:fail') finish(type === 'test:fail', data)
  }
  say({ kind: 'end', count, code: failed ? 1 : 0 })
  yield ''
}

function finish(isFailed, data) {
  if (isFailed) failed = true
  names[data.nesting] = data.name
  if (data.details?.type === 'suite') return
  count += 1
  const error = data.details?.error
  const message = isFailed ? String(error?.cause?.stack ?? error?.cause ?? error?.stack ?? error ?? '') : ''
  say({
    kind: 'test',
    id: `${path.relative(process.env.ARETE_TESTS, process.argv[1])}::${names.slice(0, data.nesting + 1).join(' > ')}`,
    status: isFailed ? 'failed' : data.skip || data.todo ? 'skipped' : 'passed',
    seconds: Math.round(data.details?.duration_ms ?? 0) / 1000,
    message: shorten(message),
  })
}
