import fs from 'node:fs'
import { z } from 'zod'
import { U16 } from '../units.ts'

const row = { mechanism: z.int().min(0), uids: z.array(U16), values: z.array(U16), versionKey: z.string() }

/** A call as it came, whatever was wrong with it. */
export const OfflineCall = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('set'), ...row }),
  z.object({ kind: z.literal('hash'), mechanism: z.int(), hash: z.string() }),
  z.object({ kind: z.literal('reveal'), ...row, salt: z.array(U16) }),
  z.object({
    kind: z.literal('timelocked'),
    mechanism: z.int(),
    message: z.string(),
    round: z.int(),
    version: z.int(),
  }),
])
export type OfflineCall = z.infer<typeof OfflineCall>

const Accepted = z.object({ block: z.int(), hotkey: z.string(), call: OfflineCall })
/** A call that was taken, in its block. */
export type Accepted = z.infer<typeof Accepted>

/** Calls that were taken, in their order: everything else of the chain follows from them. */
export interface CallLog {
  /** Those that came since it was asked last, from whatever process. */
  readonly fresh: () => Accepted[]
  readonly add: (accepted: Accepted) => void
}

/** @param file - where they are kept, one a line; undefined for only as long as the process lives */
export function openCallLog(file: string | undefined): CallLog {
  if (file === undefined) {
    let waiting: Accepted[] = []
    return {
      fresh() {
        const now = waiting
        waiting = []
        return now
      },
      add: accepted => void waiting.push(accepted),
    }
  }
  let read = 0
  return {
    fresh() {
      if (!fs.existsSync(file) || fs.statSync(file).size <= read) return []
      const text = fs.readFileSync(file).subarray(read).toString('utf8')
      const whole = text.slice(0, text.lastIndexOf('\n') + 1)
      read += Buffer.byteLength(whole)
      return whole
        .split('\n')
        .filter(line => line !== '')
        .map(line => Accepted.parse(JSON.parse(line)))
    },
    // A line is written at once, so two processes never mix theirs.
    add: accepted => fs.appendFileSync(file, `${JSON.stringify(accepted)}\n`),
  }
}
