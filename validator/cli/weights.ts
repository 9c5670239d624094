import { desc, isNotNull } from 'drizzle-orm'
import { loadConfig } from '../config.ts'
import { findChain } from '../find-chain.ts'
import { receipts } from '../store/schema.ts'
import { withRecords } from './operator.ts'
import { asJson } from './text.ts'

/** `arete weights show`: what the chain has of this validator's hotkey. */
export async function showWeights({ json }: { readonly json?: true }): Promise<number> {
  const config = loadConfig(process.env)
  return await withRecords(async ({ database: { db } }) => {
    const [signed] = await db
      .select({ signer: receipts.signer })
      .from(receipts)
      .where(isNotNull(receipts.sequence))
      .orderBy(desc(receipts.sequence))
      .limit(1)
    const hotkey = signed?.signer ?? undefined
    const found =
      hotkey === undefined ? undefined : await findChain(config).chain.weights(config.netuid, hotkey)
    if (json) console.log(asJson({ hotkey: hotkey ?? null, ...(found ?? { block: null, weights: [] }) }))
    else if (found === undefined) console.log('No weights were set yet')
    else
      console.log(
        [
          `Set by ${hotkey} on subnet ${config.netuid} in block ${found.block}`,
          ...found.weights.map(
            ([uid, weight]) => `${String(uid).padStart(5)}  ${String(weight).padStart(5)}`,
          ),
        ].join('\n'),
      )
  })
}
