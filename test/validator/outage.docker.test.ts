import path from 'node:path'
import { expect, test } from 'vitest'
import { openBlobs } from '../../validator/store/blobs.ts'
import { attempts, faults } from '../../validator/store/schema.ts'
import { openBucketServer } from '../support/bucket.ts'
import { makeFolder } from '../support/folder.ts'
import {
  ended,
  knowingPack,
  openScene,
  QUICK_TASKS,
  startWorker,
  until,
  workerNamed,
} from '../support/validator.ts'

test('S3 that fails in the middle of an attempt blames nobody: it is made again once S3 answers', async () => {
  const lines: string[] = []
  const folder = path.join(makeFolder({}), 'bucket')
  let bucket = await openBucketServer(folder)
  const blobs = await openBlobs({ ...bucket.settings, seconds: 1 })
  await using scene = await openScene({
    ...{ blobs, rules: { screen: { tasks: 0 }, full: { tasks: 0 } } },
  })
  await using _ = await startWorker(scene, workerNamed('one'), { lines })
  const says = (text: string) =>
    until(
      async () => lines.some(line => line.includes(text)) || undefined,
      30,
      () => lines.join('\n'),
    )
  const id = await scene.submit('ann', await knowingPack(QUICK_TASKS, { before: 'time.sleep(3)' }))

  await says('begun')
  await new Promise(resolve => setTimeout(resolve, 1500))
  await bucket.close()
  await says('blob-unreachable')
  const [between] = await scene.database.db.select().from(attempts)
  bucket = await openBucketServer(folder, Number(new URL(bucket.settings.endpoint).port))
  const submission = await ended(scene, id, lines)
  await bucket.close()

  expect(between!.faults).toBe(0)
  expect(submission.state).toBe('passed')
  const [row] = await scene.database.db.select().from(attempts)
  expect([row!.state, row!.verdict, row!.faults]).toEqual(['judged', 'solved', 0])
  expect(await scene.database.db.select().from(faults)).toEqual([])
})
