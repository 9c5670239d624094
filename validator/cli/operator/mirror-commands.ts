import { type Command, Option } from '@commander-js/extra-typings'
import { SOURCES } from '../../mirrors/mirror.ts'
import type { Tools } from '../draw/commands.ts'

/** Adds `arete mirror`. */
export function addMirrors(
  program: Command,
  { json, finish, example }: Pick<Tools, 'json' | 'finish' | 'example'>,
): void {
  const mirror = program.command('mirror').description('boards of other subnets, to look at beside ours')

  mirror
    .command('import')
    .description(
      'keep what the board of another subnet says, with source, time and digest; it counts for nothing here',
    )
    .argument('<origin>', 'file of its public JSON, or its address, which is then asked once')
    .addOption(
      new Option('-s, --source <source>', 'whose board it is').choices(SOURCES).makeOptionMandatory(),
    )
    .addOption(json())
    .addHelpText('after', example('arete mirror import rank.json --source affine'))
    .action(async (origin, options) =>
      finish(import('./mirror.ts').then(({ importMirror }) => importMirror(origin, options))),
    )
}
