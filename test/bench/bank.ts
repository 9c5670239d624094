import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { listTaskFiles } from '../../task-bank/digest.ts'
import { savePool, saveSecrets } from '../../validator/draws/pool-files.ts'
import { makePool, windowDraw } from '../support/pool.ts'
import { buildLine, type Line, median } from './measure.ts'

const PROGRAM = path.resolve(import.meta.dirname, '../../validator/cli/arete.mjs')
const ROUNDS = 3
/** As many tasks of each repository as large collections have about. */
const PER_REPOSITORY = 200

/** What large banks cost a person who types a command: all tasks listed, a window drawn. Start of the program included. */
export async function measureBank(plan: {
  task: string
  tasks: number
  pool: number
  folder: string
}): Promise<Line[]> {
  const bank = path.join(plan.folder, 'bank')
  copyTimes(plan.task, plan.tasks, bank)
  const pool = path.join(plan.folder, 'pool.json')
  return [
    buildLine(`bank.list-${plan.tasks}`, await time(['task', 'list', bank, '--json']), 'ms'),
    buildLine(`bank.draw-from-${plan.pool}`, await timeDraw(pool, plan.pool), 'ms'),
  ]
}

/** Files are links to those of one copy, but for `task.toml`, so that ten thousand tasks fit on any disk. */
function copyTimes(task: string, times: number, folder: string): void {
  const files = listTaskFiles(task)
  for (let number = 0; number < times; number++) {
    const target = path.join(folder, `environment-${number % 5}`, `task-${number}`)
    const first = path.join(folder, 'environment-0', 'task-0')
    for (const name of files) {
      const file = path.join(target, name)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      if (name === 'task.toml') {
        const text = fs.readFileSync(path.join(task, name), 'utf8')
        fs.writeFileSync(file, text.replace(/^name = "arete\/.*"/m, `name = "arete/task-${number}"`))
      } else if (number === 0) fs.copyFileSync(path.join(task, name), file)
      else fs.linkSync(path.join(first, name), file)
    }
  }
}

async function timeDraw(file: string, size: number): Promise<number> {
  const repositories = Array.from({ length: size / PER_REPOSITORY }, (_, index) => [
    `org/${index}`,
    PER_REPOSITORY,
  ])
  const { commitment, secrets } = makePool(Object.fromEntries(repositories), {
    draw: 200,
    confirmation: 400,
    minimum: 600,
  })
  saveSecrets(file.replace('.json', '.secret.json'), secrets)
  return await time(
    [
      'task',
      'draw',
      '--window',
      '11',
      '--block-hash',
      windowDraw().blockHash,
      '--pool',
      file,
      '--out',
      `${file}.proof`,
    ],
    () => savePool(file, { format: 'arete/pool/v1', commitment, draws: [], published: [] }),
  )
}

/** Median milliseconds of a command; the first round warms the disk's cache up and does not count. */
async function time(args: readonly string[], prepare = (): void => {}): Promise<number> {
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    prepare()
    const start = performance.now()
    await execa('node', [PROGRAM, ...args], { stdout: 'ignore' })
    times.push(performance.now() - start)
  }
  return median(times.slice(1))
}
