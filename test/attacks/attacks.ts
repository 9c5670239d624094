import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { reap } from '../../sandbox/reaper.ts'
import { setUp } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { type Attack, loadAttacks } from './attack.ts'
import { HEADER, renderSummary, renderTrial, WANTED } from './table.ts'
import { openTargets, type Trial, tryAttack } from './trial.ts'

const USAGE = `npm run attacks [-- options]

Tries every attack of this suite on two naive verifiers and on Arête, and prints what each says.

  --group <name>                     only one group
  --only <name>                      only one attack
  --json                             the same as data
  --help

Exit 0: no attack is scored and all is as declared; 1: not so; 2: wrong usage.`

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      group: { type: 'string' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
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
  if (!values.json) console.log(HEADER)
  const trials = await tryAll(attacks, trial => {
    if (!values.json) console.log(renderTrial(trial))
  })
  console.log(values.json ? JSON.stringify(trials, undefined, 2) : renderSummary(trials))
  const whole = values.group === undefined && values.only === undefined
  const fooling = trials.filter(({ fooled }) => fooled.length > 0).length
  const enough = trials.length >= WANTED.attacks && fooling >= WANTED.fooling
  return trials.every(({ mistakes }) => mistakes.length === 0) && (enough || !whole) ? 0 : 1
}

/** As many at once as the engine has processors; told in the order of the suite. */
async function tryAll(attacks: readonly Attack[], onTrial: (trial: Trial) => void): Promise<Trial[]> {
  const { engine, runtimeVolume, about } = await setUp(line => console.error(line))
  await reap(engine, Date.now())
  const run = `attacks-${randomBytes(6).toString('hex')}`
  const targets = openTargets(engine, run)
  const waiting = [...attacks.entries()]
  const trials: Trial[] = []
  let told = 0
  const work = async (): Promise<void> => {
    await using slot = await Slot.open({ engine, runtimeVolume, run })
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, attack] = next
      trials[index] = await tryAttack(slot, { attack, prepared: await targets(attack.target), run })
      for (; trials[told] !== undefined; told++) onTrial(trials[told]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(about.cpus, attacks.length) }, work))
  return trials
}
