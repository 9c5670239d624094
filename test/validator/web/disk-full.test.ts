import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { handIn } from '../../../validator/intake/hand-in.ts'
import { FREE } from '../../../validator/intake/payment.ts'
import { openDatabase } from '../../../validator/store/database.ts'
import { submissions } from '../../../validator/store/schema.ts'
import { makeFolder } from '../../support/folder.ts'
import { envelopeOf, idlePack, signerNamed } from '../../support/miner.ts'
import { whyNotRoot } from '../../support/root.ts'
import { openService } from '../../support/service.ts'

const MOST = 400
const unsent = eq(submissions.sent, false)

/** Leaves no room for anything. */
function fill(file: string): void {
  const handle = fs.openSync(file, 'w')
  try {
    for (;;) fs.writeSync(handle, Buffer.alloc(4096))
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
  } finally {
    fs.closeSync(handle)
  }
}

test.skipIf(whyNotRoot('a database without room'))(
  'a database without room refuses with the reason, keeps what it had, and takes the same once there is room',
  async () => {
    const place = makeFolder({})
    fs.chmodSync(place, 0o755)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=755', 'none', place])
    try {
      await using database = await openDatabase({ folder: path.join(place, 'database') })
      const rates = { hours: 24, hotkey: 1e6, coldkey: 1e6, commits: 1e6 }
      await using service = await openService({
        database,
        withJobs: true,
        intake: { rules: { rates, payment: FREE } },
      })
      const ann = await signerNamed('ann')
      const hand = async (word: string) => {
        const bytes = await idlePack(word)
        const envelope = await envelopeOf(service.intake, ann, bytes)
        return async () => await handIn(service.url, envelope, bytes)
      }
      const filler = path.join(place, 'filler')
      fill(filler)

      let taken = 0
      let refused: Awaited<ReturnType<typeof handIn>> | undefined
      let last = await hand('0')
      while (refused === undefined && taken < MOST) {
        const answer = await last()
        if (answer.kind === 'refused') refused = answer
        else last = await hand(String(++taken))
      }

      expect(refused).toMatchObject({
        ...{ kind: 'refused', status: 503 },
        reasons: [{ code: 'disk-full', message: expect.stringContaining('nothing was stored') }],
      })
      expect(JSON.stringify(refused)).not.toContain(place)
      expect((await fetch(`${service.url}/v1/submissions`)).status).toBe(200)
      expect(await database.db.$count(submissions)).toBe(taken)
      fs.rmSync(filler)
      expect(await last()).toMatchObject({ kind: 'accepted', isNew: true })
      expect(await database.db.$count(submissions)).toBe(taken + 1)
      await expect
        .poll(async () => await database.db.$count(submissions, unsent), { timeout: 20_000 })
        .toBe(0)
    } finally {
      execFileSync('umount', ['-l', place])
    }
  },
  120_000,
)
