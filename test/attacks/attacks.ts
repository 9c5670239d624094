import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { holding } from '../../sandbox/hold.ts'
import { reap } from '../../sandbox/reaper.ts'
import { type Surroundings, setUp } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { type Attack, loadAttacks } from './attack.ts'
import { exportToHarbor } from './export-harbor.ts'
import { exportToSweBench } from './export-swebench.ts'
import { HEADER, isGood, renderSummary, renderTrial } from './table.ts'
import { openTargets, type Trial, tryAttack } from './trial.ts'

const USAGE = `npm run attacks [-- options]

Tries every attack of this suite on two naive verifiers and on Arête, and prints what each says.

  --group <name>               only one group
  --only <name>                only one attack
  --json                       the same as data
  --export harbor <folder>     writes the attacks as Harbor tasks instead, each with a hostile solution/solve.sh
  --export swebench <folder>   as rows and predictions of SWE-bench
  --help

Exit 0: no attack is scored and all is as declared; 1: not so; 2: wrong usage.`

const run = `attacks-${randomBytes(6).toString('hex')}`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      group: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      export: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  const attacks = loadAttacks().filter(
    ({ group, name }) =>
      (values.group === undefined || group === values.group) &&
      (values.only === undefined || name === values.only),
  )
  if (attacks.length === 0) {
    console.error('No attack has this name; without options all are tried')
    return 2
  }
  if (values.export !== undefined) return await exportTo(values.export, positionals[0], attacks)
  if (!values.json) console.log(HEADER)
  const trials = await tryAll(attacks, trial => {
    if (!values.json) console.log(renderTrial(trial))
  })
  console.log(values.json ? JSON.stringify(trials, undefined, 2) : renderSummary(trials))
  const whole = values.group === undefined && values.only === undefined
  return isGood(trials, whole) ? 0 : 1
}

async function exportTo(
  format: string,
  folder: string | undefined,
  attacks: readonly Attack[],
): Promise<number> {
  if (folder === undefined || (format !== 'harbor' && format !== 'swebench')) {
    console.error('Say where to: --export harbor <folder>, or --export swebench <folder>')
    return 2
  }
  if (format === 'harbor') {
    console.log(`${exportToHarbor(attacks, folder).length} Harbor tasks written to ${folder}`)
    return 0
  }
  const surroundings = await ready()
  await using _ = await holding(surroundings, run)
  await using slot = new Slot({ ...surroundings, run })
  const prepare = openTargets(surroundings.engine, run)
  console.log(`${await exportToSweBench(attacks, folder, { slot, prepare })} rows written to ${folder}`)
  return 0
}

/** As many at once as the engine has processors; told in the order of the suite. */
async function tryAll(attacks: readonly Attack[], onTrial: (trial: Trial) => void): Promise<Trial[]> {
  const surroundings = await ready()
  await using _ = await holding(surroundings, run)
  const prepare = openTargets(surroundings.engine, run)
  const waiting = [...attacks.entries()]
  const trials: Trial[] = []
  let told = 0
  const work = async (): Promise<void> => {
    await using slot = new Slot({ ...surroundings, run })
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, attack] = next
      trials[index] = await tryAttack(slot, { attack, prepared: await prepare(attack.target), run })
      for (; trials[told] !== undefined; told++) onTrial(trials[told]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(surroundings.about.cpus, attacks.length) }, work))
  return trials
}

async function ready(): Promise<Surroundings> {
  const surroundings = await setUp(line => console.error(line))
  await reap(surroundings.engine, Date.now())
  return surroundings
}
