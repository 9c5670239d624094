import fs from 'node:fs'
import colors from 'picocolors'
import { checkProof } from '../../../task-bank/draw/check-proof.ts'
import { blockOf } from '../../../task-bank/draw/draw.ts'
import type { Proof } from '../../../task-bank/draw/proof.ts'
import { checkPublication } from '../../draws/publish.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, counted, plain } from '../text.ts'

/** `arete task draw --verify`: a proof alone, or a published folder with its tasks. Exit code 1 if it does not hold. */
export function verify(
  target: string,
  options: { root?: string | undefined; json?: true | undefined },
): number {
  const stat = fs.statSync(target, { throwIfNoEntry: false })
  if (stat === undefined)
    throw new UsageError(`Cannot verify ${shown(target)}: there is no such file or folder`)
  const checked = stat.isDirectory() ? checkPublication(target) : checkFile(target)
  const strange = checked.proofs.filter(
    ({ commitment }) => commitment.root !== (options.root ?? commitment.root),
  )
  const mistakes = [
    ...checked.mistakes,
    ...strange.map(({ commitment }) => `commitment.root: is ${commitment.root}, not ${options.root}`),
  ]
  const holds = mistakes.length === 0
  const facts = holds ? [...new Set(checked.proofs.flatMap(lookUp))] : []
  if (options.json) console.log(asJson({ holds, mistakes, lookUp: facts }))
  else if (holds) {
    const count = new Set(checked.proofs.flatMap(({ tasks }) => tasks.map(({ number }) => number))).size
    console.log(
      `${colors.green('✔')} ${counted(count, 'task')} and no other ${count === 1 ? 'follows' : 'follow'} from the pool. What only the chain can say:`,
    )
    for (const fact of facts) console.log(`    ${fact}`)
  } else {
    console.log(`${colors.red('✘')} It does not hold`)
    for (const mistake of mistakes) console.log(`    ${plain(mistake)}`)
  }
  return holds ? 0 : 1
}

function checkFile(file: string): {
  readonly proofs: readonly Proof[]
  readonly mistakes: readonly string[]
} {
  const checked = checkProof(fs.readFileSync(file, 'utf8'))
  return 'proof' in checked
    ? { proofs: [checked.proof], mistakes: [] }
    : { proofs: [], mistakes: checked.mistakes }
}

/** What a proof takes for granted. */
function lookUp({ commitment, earlier, draw: last }: Proof): string[] {
  const { root, terms } = commitment
  return [
    `root ${root} was public before block ${terms.before}`,
    ...[...earlier, last].map(one => `block ${blockOf(terms, one)} has the hash ${one.blockHash}`),
    ...(last.kind === 'confirmation'
      ? [`the later of the entries ${last.codes.join(' and ')} was committed in block ${last.committed}`]
      : []),
  ]
}
