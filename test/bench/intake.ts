import path from 'node:path'
import { type AcceptContext, accept } from '../../validator/accept.ts'
import type { Envelope } from '../../validator/intake/envelope.ts'
import { unpackAgent } from '../../validator/intake/pack.ts'
import { FREE } from '../../validator/intake/payment.ts'
import { isSignedByMiner } from '../../validator/intake/signature.ts'
import { openBlobs } from '../../validator/store/blobs.ts'
import { freshDatabase } from '../support/database.ts'
import { envelopeOf, idlePack, intakeOf, signerNamed } from '../support/miner.ts'
import { buildLine, type Line } from './measure.ts'

const MINERS = 20

interface Handed {
  readonly envelope: Envelope
  readonly bytes: Buffer
}

/** How many submissions a second this process can judge and take, on a real database and disk. */
export async function measureIntake({
  folder,
  submissions,
}: {
  folder: string
  submissions: number
}): Promise<Line[]> {
  await using database = await freshDatabase()
  const blobs = await openBlobs({ kind: 'disk', folder: path.join(folder, 'blobs') })
  const miners = await Promise.all(
    Array.from({ length: MINERS }, (_, index) => signerNamed(`miner ${index}`)),
  )
  const context = await intakeOf(
    database,
    blobs,
    miners.map(hotkey => ({ hotkey })),
    {
      rules: {
        rates: { hours: 24, hotkey: 1e6, coldkey: 1e6, commits: 1e6 },
        payment: FREE,
      },
    },
  )
  const handed = await Promise.all(
    Array.from({ length: submissions }, async (_, index): Promise<Handed> => {
      const bytes = await idlePack(`number ${index}`)
      return { bytes, envelope: await envelopeOf(context, miners[index % MINERS]!, bytes) }
    }),
  )
  const forged = handed.map(({ envelope, bytes }, index) => ({
    bytes,
    envelope: { ...envelope, signature: handed[(index + 1) % submissions]!.envelope.signature },
  }))
  const judge = async ({ envelope }: Handed): Promise<boolean> => await isSignedByMiner(envelope)
  const unpack = async ({ bytes }: Handed): Promise<boolean> => 'files' in (await unpackAgent(bytes))
  return [
    await rate('intake.signatures', handed, 1, judge),
    await rate('intake.unpacked', handed, 1, unpack),
    await rate('intake.accepted-1', handed.slice(0, submissions / 4), 1, take(context, 'accepted')),
    await rate('intake.accepted-16', handed.slice(submissions / 4), 16, take(context, 'accepted')),
    await rate('intake.again', handed, 16, take(context, 'accepted')),
    await rate('intake.forged', forged, 16, take(context, 'refused')),
  ]
}

function take(context: AcceptContext, expected: 'accepted' | 'refused') {
  return async (one: Handed): Promise<boolean> => (await accept(context, one)).kind === expected
}

/** @param jobs - at the same time */
async function rate(
  name: string,
  all: readonly Handed[],
  jobs: number,
  work: (one: Handed) => Promise<boolean>,
): Promise<Line> {
  const left = all.values()
  const start = performance.now()
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (const one of left)
        if (!(await work(one))) throw new Error(`${name}: it went otherwise than expected`)
    }),
  )
  return buildLine(name, (all.length / (performance.now() - start)) * 1000, '1/s')
}
