import { and, eq, gt, sql } from 'drizzle-orm'
import type { Chain, PaidEvent } from '../chain/chain.ts'
import type { Transaction } from '../store/database.ts'
import { credits, payments } from '../store/schema.ts'
import type { Reason } from './reason.ts'

/** Who hands in, and what he says that he paid with. */
export interface Payer {
  readonly submission: string
  readonly hotkey: string
  readonly coldkey: string
  readonly payment?: string | undefined
}

/** How a submission is paid for. */
export interface Payment {
  /** Asks the chain, if it has to be asked: that may take its time, so nothing is locked meanwhile. */
  readonly prepare: (payer: Payer) => Promise<Charge>
}

/**
 * Takes what one submission costs, as a part of its being stored: if that comes to nothing, so does this.
 *
 * @returns why it is not paid
 */
export type Charge = (tx: Transaction) => Promise<readonly Reason[]>

interface Fee {
  readonly fee: 'none' | 'credit' | 'chain'
  readonly rao?: number | undefined
  readonly netuid: number
}

/** As the settings say; `rao` is there if `fee` is `chain`. */
export function paymentOf({ fee, rao, netuid }: Fee, chain: Pick<Chain, 'lookUpEvent'>): Payment {
  switch (fee) {
    case 'none':
      return FREE
    case 'credit':
      return CREDITS
    case 'chain':
      return paidOnChain({ rao: BigInt(rao!), netuid }, chain.lookUpEvent)
  }
}

/** Nothing is asked. */
export const FREE: Payment = { prepare: async () => async () => [] }

/** One of the credits that the operator gave to the hotkey. */
export const CREDITS: Payment = {
  async prepare({ hotkey }) {
    return async tx => {
      const { rowCount } = await tx
        .update(credits)
        .set({ left: sql`${credits.left} - 1` })
        .where(and(eq(credits.hotkey, hotkey), gt(credits.left, 0)))
      return rowCount === 1 ? [] : unpaid('This hotkey has no submission left that was paid for')
    }
  },
}

/** In rao of a subnet's token. */
interface Price {
  readonly rao: bigint
  readonly netuid: number
}

/**
 * An event on the chain that paid the price; a credit will do, too.
 *
 * @param lookUp - the event, or undefined if there is none that cannot be taken back
 */
export function paidOnChain(
  { rao, netuid }: Price,
  lookUp: (reference: string) => Promise<PaidEvent | undefined>,
): Payment {
  return {
    async prepare(payer) {
      const { payment, submission } = payer
      if (payment === undefined) {
        const credit = await CREDITS.prepare(payer)
        return async tx =>
          (await credit(tx)).length === 0
            ? []
            : unpaid(`A submission costs ${rao} rao: pay and name the event, or ask for a credit`)
      }
      const missing = findMissing(await lookUp(payment), payer, { rao, netuid })
      return async tx => {
        if (missing.length > 0) return missing
        const { rowCount } = await tx
          .insert(payments)
          .values({ reference: payment, submission })
          .onConflictDoNothing()
        return rowCount === 1 ? [] : unpaid(`The payment ${payment} was taken for another submission`)
      }
    },
  }
}

function findMissing(
  event: PaidEvent | undefined,
  { payment, coldkey }: Payer,
  { rao, netuid }: Price,
): Reason[] {
  if (event === undefined) return unpaid(`The chain knows no final payment ${payment}`)
  if (event.netuid !== netuid)
    return unpaid(`The payment ${payment} is on subnet ${event.netuid}; here it is ${netuid}`)
  if (event.coldkey !== coldkey) return unpaid(`The payment ${payment} is that of another coldkey`)
  return event.rao < rao ? unpaid(`The payment ${payment} was ${event.rao} rao; ${rao} are needed`) : []
}

function unpaid(message: string): Reason[] {
  return [{ code: 'unpaid', message }]
}
