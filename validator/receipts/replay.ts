import { digestValue } from '../intake/signature.ts'
import { type Fact, replaySeason, type Season } from '../scoring/season/season.ts'
import type { Receipt, ReceiptBody } from './receipt.ts'

/** Recomputes duels, board and weights from receipts alone, which have to be whole and in order of their chain. */
export function replay(receipts: readonly Pick<Receipt, 'body'>[]): Season {
  return replaySeason(
    receipts.flatMap(({ body }) => factOf(body) ?? []),
    digestValue,
  )
}

/** What a receipt says that a season follows from. */
function factOf(body: ReceiptBody): Fact | undefined {
  switch (body.kind) {
    case 'verdict':
    case 'void': {
      if (body.stage === 'smoke') return undefined
      const of = { draw: body.draw.id, submission: body.submission.id, task: body.task.digest }
      const result =
        body.kind === 'void'
          ? ({ kind: 'void' } as const)
          : ({
              kind: 'judged',
              score: Number(body.verdict === 'solved'),
              seconds: body.seconds.agent,
            } as const)
      return { kind: 'result', ...of, result }
    }
    case 'entry':
    case 'draw':
    case 'duel':
    case 'settlement': {
      const { format: _, ...fact } = body
      return fact
    }
  }
}
