import type { Command } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds what keeps and brings back the records of a validator. */
export function addBackups(validator: Command, { json, finish, example }: Omit<Tools, 'wholeNumber'>): void {
  validator
    .command('backup')
    .description(
      'write database and blobs of a validator into one file, while it works; it is found by ARETE_DATA, DATABASE_URL, ARETE_S3_*',
    )
    .argument('<file>', 'where it goes, such as arete.tar.gz; must not exist')
    .option('--tables', "rows instead of the embedded server's files: for another server or version")
    .option('--with-blobs', 'blobs of a bucket with their bytes; their names only if not given')
    .addOption(json())
    .addHelpText('after', example('ARETE_DATA=/var/lib/arete arete validator backup arete.tar.gz'))
    .action(async (file, options) => finish((await import('./backup.ts')).makeBackup(file, options)))

  validator
    .command('restore')
    .description('bring a validator back from a backup, into an empty data folder, or an empty database')
    .argument('<file>', 'that "backup" wrote')
    .addOption(json())
    .addHelpText('after', example('ARETE_DATA=/var/lib/arete-2 arete validator restore arete.tar.gz'))
    .action(async (file, options) => finish((await import('./backup.ts')).makeRestore(file, options)))
}
