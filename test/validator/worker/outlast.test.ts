import { expect, test, vi } from 'vitest'
import { SandboxError } from '../../../sandbox/errors.ts'
import { outlast } from '../../../validator/worker/outlast.ts'

const gone = (what: string) => new SandboxError('engine-failed', `Cannot ${what}: socket hang up`)

/** Fails with these, one after the other, and then comes to something. */
function failing(...errors: readonly Error[]) {
  const left = [...errors]
  return vi.fn(async () => {
    const error = left.shift()
    if (error !== undefined) throw error
    return 'done'
  })
}

test('an engine that goes away is waited for, and what fails the same way is said once', async () => {
  const said: string[] = []
  const act = failing(gone('hold'), gone('hold'))
  const stop = new AbortController()

  const done = outlast(act, { signal: stop.signal, say: line => void said.push(line) })

  expect(await done).toBe('done')
  expect(act).toHaveBeenCalledTimes(3)
  expect(said).toEqual(['waits for its container engine: Cannot hold: socket hang up'])
}, 30_000)

test.each([new SandboxError('engine-denied', 'no permission'), new Error('a bug')])(
  'what no waiting mends is thrown at once: %s',
  async error => {
    const act = failing(error)
    const { signal } = new AbortController()

    await expect(outlast(act, { signal, say: () => {} })).rejects.toBe(error)
    expect(act).toHaveBeenCalledTimes(1)
  },
)

test('who is told to stop waits no longer', async () => {
  const stop = new AbortController()
  const error = gone('hold')
  const act = failing(error, error, error)

  const done = outlast(act, { signal: stop.signal, say: () => stop.abort() })

  await expect(done).rejects.toBe(error)
  expect(act).toHaveBeenCalledTimes(2)
})
