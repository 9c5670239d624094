import { expect, test } from 'vitest'
import { readPeaks } from '../../sandbox/peaks.ts'
import { runIn, useBench } from '../support/surroundings.ts'

const held = useBench()

test('the most that was used in a sandbox is known after it, files that are only kept left out', async () => {
  await using sandbox = await held.bench.sandbox({ memoryMegabytes: 512 })

  const before = await readPeaks(sandbox)
  await runIn(
    sandbox,
    `cat /usr/bin/* > /dev/null; python3 -c 'x = b"x" * 90_000_000'; sleep 0 & sleep 0 & sleep 0 & wait`,
  )
  const after = await readPeaks(sandbox)

  expect(after!.memoryBytes - before!.now.memoryBytes).toBeGreaterThan(90_000_000)
  expect(after!.memoryBytes - before!.now.memoryBytes).toBeLessThan(160_000_000)
  expect(after!.now.memoryBytes).toBeLessThan(90_000_000)
  expect(after!.processes).toBeGreaterThanOrEqual(before!.now.processes + 2)
})

test('a sandbox that has ended says nothing', async () => {
  const sandbox = await held.bench.sandbox()
  await sandbox[Symbol.asyncDispose]()

  expect(await readPeaks(sandbox)).toBeUndefined()
})
