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
  /**
   * Takes what one submission costs, as a part of its being stored: if that comes to nothing, so does this.
   *
   * @returns why it is not paid
   */
  readonly take: (tx: Transaction, payer: Payer) => Promise<readonly Reason[]>
}

/** As the settings say; `rao` is there if `fee` is `chain`. */
export function paymentOf(
  { fee, rao }: { readonly fee: 'none' | 'credit' | 'chain'; readonly rao?: number | undefined },
  chain: Pick<Chain, 'payment'>,
): Payment {
  switch (fee) {
    case 'none':
      return FREE
    case 'credit':
      return CREDITS
    case 'chain':
      return paidOnChain(BigInt(rao!), chain.payment)
  }
}

/** Nothing is asked. */
export const FREE: Payment = { take: async () => [] }

/** One of the credits that the operator gave to the hotkey. */
export const CREDITS: Payment = {
  async take(tx, { hotkey }) {
    const { rowCount } = await tx
      .update(credits)
      .set({ left: sql`${credits.left} - 1` })
      .where(and(eq(credits.hotkey, hotkey), gt(credits.left, 0)))
    return rowCount === 1
      ? []
      : [{ code: 'unpaid', message: 'This hotkey has no submission left that was paid for' }]
  },
}

/**
 * An event on the chain that paid the price; a credit will do, too.
 *
 * @param rao - the price
 * @param lookUp - the event, or undefined if there is none that cannot be taken back
 */
export function paidOnChain(
  rao: bigint,
  lookUp: (reference: string) => Promise<PaidEvent | undefined>,
): Payment {
  return {
    async take(tx, payer) {
      const { payment, coldkey, submission } = payer
      if (payment === undefined) {
        const missing = await CREDITS.take(tx, payer)
        return missing.length === 0
          ? []
          : unpaid(`A submission costs ${rao} rao: pay and name the event, or ask for a credit`)
      }
      const event = await lookUp(payment)
      if (event === undefined) return unpaid(`The chain knows no final payment ${payment}`)
      if (event.coldkey !== coldkey) return unpaid(`The payment ${payment} is that of another coldkey`)
      if (event.rao < rao) return unpaid(`The payment ${payment} was ${event.rao} rao; ${rao} are needed`)
      const { rowCount } = await tx
        .insert(payments)
        .values({ reference: payment, submission })
        .onConflictDoNothing()
      return rowCount === 1 ? [] : unpaid(`The payment ${payment} was taken for another submission`)
    },
  }
}

function unpaid(message: string): Reason[] {
  return [{ code: 'unpaid', message }]
}
