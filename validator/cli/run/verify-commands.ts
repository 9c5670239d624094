import type { Command, OptionValues } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds `arete verify`, for attempts of a run here and for receipts of a validator. */
export function addVerify(
  program: Command<[], OptionValues>,
  { json, finish, example }: Pick<Tools, 'json' | 'finish' | 'example'>,
): void {
  program
    .command('verify')
    .description(
      'judge the recorded patch of an attempt once more, in a fresh sandbox; of receipts, check signatures and links',
    )
    .argument('<place>', 'folder of an attempt; a receipt, or a file or folder of many')
    .option('--signer <address>', 'of receipts: who must have signed them')
    .option('--again', 'of receipts: judge each patch once more as well')
    .option('--tasks <folders...>', 'where tasks are looked for, beside the bundled ones')
    .option('--patch <file>', 'the patch of a receipt')
    .option('--validator <url>', 'who gives patches')
    .option('--data <folder>', "a validator's data folder, for tasks and patches")
    .addOption(json())
    .addHelpText(
      'after',
      example(
        'arete verify runs/2026-01-31-1/parcel-quotes__1a2b3c4\n  $ arete verify receipt.json --again --patch fix.diff',
      ),
    )
    .action(async (place, options) => {
      const { holdsReceipts } = await import('../../receipts/receipt-files.ts')
      return await finish(
        holdsReceipts(place)
          ? (await import('./verify-receipt.ts')).verifyReceipts(place, options)
          : (await import('./verify.ts')).verify(place, options),
      )
    })
}
