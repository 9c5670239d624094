import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { digestTask } from '../../../task-bank/digest.ts'
import { commitPool } from '../../../task-bank/draw/commit.ts'
import type { Pool } from '../../../task-bank/draw/pool.ts'
import type { Secrets } from '../../../task-bank/draw/secrets.ts'
import { checkPublication, writePublication } from '../../../validator/draws/publish.ts'
import { makeFolder } from '../../support/folder.ts'
import { confirmationDraw, digestOf, drawAll, saltOf, TERMS, windowDraw } from '../../support/pool.ts'

test('what is published is what was drawn, under names of its own, and holds', () => {
  const { folder, pool, secrets } = makeBank()

  const written = writePublication(pool, secrets, { window: 11, folder: path.join(folder, 'out') })

  expect(written).toEqual({ count: 5 })
  const names = fs.readdirSync(path.join(folder, 'out/some-env'))
  expect(names).toHaveLength(5)
  // All tasks of this bank have the same name.
  expect(names.filter(name => !/^task(-\d)?$/.test(name))).toEqual([])
  expect(fs.existsSync(path.join(folder, 'out/some-env/task/certificate.json'))).toBe(true)
  const checked = checkPublication(path.join(folder, 'out'))
  expect(checked.mistakes).toEqual([])
  expect(checked.proofs.map(({ draw }) => draw.kind)).toEqual(['confirmation', 'window'])
})

test('a task that was changed or is gone is not published', () => {
  const { folder, pool, secrets } = makeBank()
  const [one, two] = pool.draws[0]!.numbers.map(number => JSON.parse(secrets.tasks[number]!).folder as string)
  fs.appendFileSync(path.join(one!, 'instruction.md'), 'x')
  fs.rmSync(two!, { recursive: true })

  const written = writePublication(pool, secrets, { window: 11, folder: path.join(folder, 'out') })

  expect(written).toEqual({
    mistakes: expect.arrayContaining([
      expect.stringContaining(`${one} was changed since`),
      expect.stringContaining(`there is no ${two}`),
    ]),
  })
})

test.each<[string, (out: string) => void, RegExp]>([
  [
    'a task is missing',
    out => fs.rmSync(path.join(out, 'some-env/task'), { recursive: true }),
    /^task \d was drawn, and is missing or changed$/,
  ],
  [
    'a byte is another',
    out => fs.appendFileSync(path.join(out, 'some-env/task/tests/test.sh'), ' '),
    /^task \d was drawn, and is missing/,
  ],
  [
    'a task is there that was not drawn',
    out => fs.mkdirSync(path.join(out, 'some-env/more')),
    /^some-env\/more: was not drawn, or is changed$/,
  ],
  [
    'a task is a link',
    out => relink(path.join(out, 'some-env/task'), path.join(out, '../elsewhere')),
    /^task \d was drawn, and is missing/,
  ],
  [
    'a part of a task is a link that leads out',
    out => relink(path.join(out, 'some-env/task/tests'), path.join(out, '../elsewhere')),
    /^task \d was drawn, and is missing/,
  ],
  [
    'a proof is spoilt',
    out => fs.appendFileSync(path.join(out, 'draw.json'), ' '),
    /^draw\.json: file: is not written as proofs are/,
  ],
  [
    'a proof is missing',
    out => fs.rmSync(path.join(out, 'draw.json')),
    /^there is no proof of the draw \{"kind":"window","window":11/,
  ],
  [
    'there is no proof at all',
    out =>
      fs
        .readdirSync(out)
        .filter(name => name.endsWith('.json'))
        .forEach(name => void fs.rmSync(path.join(out, name))),
    /^there is no proof in it$/,
  ],
  [
    'a proof is of another window',
    out => fs.writeFileSync(path.join(out, 'draw.json'), otherProof()),
    /^its proofs are of more than one pool or window$/,
  ],
])('a published folder does not hold if %s', (_, spoil, mistake) => {
  const { folder, pool, secrets } = makeBank()
  const out = path.join(folder, 'out')
  writePublication(pool, secrets, { window: 11, folder: out })

  spoil(out)

  expect(checkPublication(out).mistakes).toContainEqual(expect.stringMatching(mistake))
})

function relink(place: string, target: string): void {
  fs.renameSync(place, target)
  fs.symlinkSync(target, place)
}

function otherProof(): string {
  const { folder, pool, secrets } = makeBank([windowDraw(12)])
  writePublication(pool, secrets, { window: 12, folder: path.join(folder, 'out') })
  return fs.readFileSync(path.join(folder, 'out/draw.json'), 'utf8')
}

/** Six tasks of two repositories on disk, two of them drawn for a window and three to confirm. */
function makeBank(draws = [windowDraw(), confirmationDraw()]): {
  folder: string
  pool: Pool
  secrets: Secrets
} {
  const folder = makeFolder({})
  const candidates = [0, 1, 2, 3, 4, 5].map(number => {
    const task = path.join(folder, `fresh/${number}/task`)
    for (const name of [
      'task.toml',
      'instruction.md',
      'environment/Dockerfile',
      'tests/test.sh',
      'certificate.json',
    ]) {
      fs.mkdirSync(path.dirname(path.join(task, name)), { recursive: true })
      fs.writeFileSync(path.join(task, name), `# ${number}\n`)
    }
    const repository = `org/${number % 2}`
    return {
      name: `n${number}`,
      folder: task,
      digest: digestTask(task),
      salt: digestOf(`salt ${number}`),
      repository,
    }
  })
  const { commitment, secrets } = commitPool({ ...TERMS, draw: 2, minimum: 5 }, candidates, saltOf)
  const numbers = drawAll(commitment, draws)
  const records = draws.map((draw, index) => ({ draw, numbers: [...numbers[index]!] }))
  return { folder, secrets, pool: { format: 'arete/pool/v1', commitment, draws: records, published: [] } }
}
