import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { together } from '../../../validator/web/together.ts'

test('who asks while it is found, or shortly after, gets the same; later it is found anew', async () => {
  stopClock()
  let found = 0
  const find = together(async () => ++found)

  expect(await Promise.all([find(), find()])).toEqual([1, 1])
  vi.advanceTimersByTime(999)
  expect(await find()).toBe(1)
  vi.advanceTimersByTime(2)
  expect(await find()).toBe(2)
})

test('what takes long is asked for no more than a third of the time', async () => {
  stopClock()
  let found = 0
  const find = together(async () => {
    await setTimeout(1)
    vi.advanceTimersByTime(5000)
    return ++found
  })

  expect(await find()).toBe(1)
  vi.advanceTimersByTime(9_999)
  expect(await find()).toBe(1)
  vi.advanceTimersByTime(2)
  expect(await find()).toBe(2)
})

test('a failure is told to those who waited, and not kept', async () => {
  let asked = 0
  const find = together(async () => {
    asked += 1
    if (asked === 1) throw new Error('out of reach')
    return asked
  })

  await expect(Promise.all([find(), find()])).rejects.toThrow('out of reach')
  expect(await find()).toBe(2)
})

function stopClock(): void {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
}
