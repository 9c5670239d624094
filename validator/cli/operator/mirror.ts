import path from 'node:path'
import { fetchMirror } from '../../mirrors/fetch.ts'
import { keepMirror } from '../../mirrors/keep.ts'
import type { MirrorSource } from '../../mirrors/mirror.ts'
import { asJson, counted, plain } from '../text.ts'
import { withRecords } from './operator.ts'

/** `arete mirror import`. */
export async function importMirror(
  origin: string,
  { source, json }: { readonly source: MirrorSource; readonly json?: true | undefined },
): Promise<number> {
  return await withRecords(async ({ database }) => {
    const bytes = await fetchMirror(origin)
    const isAddress = /^https?:\/\//i.test(origin)
    const kept = await keepMirror(database, {
      ...{ source, bytes },
      // Not where it lies on this machine: everybody may read it.
      origin: isAddress ? withoutSecrets(origin) : path.basename(origin),
    })
    const { digest, board } = kept
    console.log(
      json
        ? asJson(kept)
        : plain(
            `Kept ${counted(board.entries.length, 'row')} of ${source}, ${digest}; shown at /v1/mirrors, and nowhere counted`,
          ),
    )
  })
}

function withoutSecrets(address: string): string {
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname}`.slice(0, 500)
}
