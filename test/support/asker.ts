import path from 'node:path'
import { packTar, readTarFiles } from '../../sandbox/archive.ts'
import type { Engine, Image } from '../../sandbox/engine.ts'

/** The image of an environment of ours with the protocol of affinetes; goes with what else a test made. */
export async function buildAsker(engine: Engine, run: string): Promise<Image> {
  const tag = `arete/test-affinetes:${run}`
  await engine.buildImage(packTar(readTarFiles(path.resolve(import.meta.dirname, '../fixtures/affinetes'))), {
    tag,
    labels: { 'arete.test': run },
    network: 'none',
    timeoutSeconds: 120,
  })
  return (await engine.findImage(tag))!
}
