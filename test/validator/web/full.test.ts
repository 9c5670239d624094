import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { handIn } from '../../../validator/intake/hand-in.ts'
import { openBlobs } from '../../../validator/store/blobs.ts'
import { nonces, submissions } from '../../../validator/store/schema.ts'
import { makeFolder } from '../../support/folder.ts'
import { envelopeOf, idlePack, signerNamed } from '../../support/miner.ts'
import { whyNotRoot } from '../../support/root.ts'
import { openService } from '../../support/service.ts'

test.skipIf(whyNotRoot('a full disk at the intake'))(
  'a full disk refuses an agent with the reason, stores nothing, and takes the same once there is room',
  async () => {
    const place = makeFolder({})
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', place])
    try {
      const blobs = await openBlobs({ kind: 'disk', folder: path.join(place, 'blobs') })
      await using service = await openService({ intake: { blobs } })
      const { database } = service.intake
      const bytes = await idlePack('too much')
      const envelope = await envelopeOf(service.intake, await signerNamed('ann'), bytes)
      const filler = path.join(place, 'filler')
      expect(() => fs.writeFileSync(filler, Buffer.alloc(2 ** 21))).toThrow('ENOSPC')

      const refused = await handIn(service.url, envelope, bytes)

      expect(refused).toMatchObject({ kind: 'refused', status: 503, reasons: [{ code: 'full' }] })
      expect(JSON.stringify(refused)).not.toContain(place)
      expect([await database.db.$count(submissions), await database.db.$count(nonces)]).toEqual([0, 0])
      expect(fs.readdirSync(path.join(place, 'blobs'))).toEqual(['fresh'])
      expect(fs.readdirSync(path.join(place, 'blobs/fresh'))).toEqual([])
      fs.rmSync(filler)
      expect(await handIn(service.url, envelope, bytes)).toMatchObject({ kind: 'accepted', isNew: true })
    } finally {
      execFileSync('umount', [place])
    }
  },
)
