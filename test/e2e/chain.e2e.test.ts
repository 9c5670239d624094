import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serverUrl } from '../../validator/store/server.ts'
import { arete } from '../support/arete.ts'
import { query, sharedServer } from '../support/database-server.ts'
import { signerNamed } from '../support/miner.ts'
import { environmentsOf, playSeason } from '../support/season.ts'
import { temporaryFolder } from '../support/surroundings.ts'

let env: Record<string, string>
let validator: string
let drop: () => Promise<unknown>
beforeAll(async () => {
  const { url, folder, template } = await sharedServer()
  const name = `test_${randomBytes(6).toString('hex')}`
  await query(url, `create database ${name} template ${template}`)
  const names = ['owner', 'ann', 'bob']
  const [owner, ann, bob] = await Promise.all(names.map(async one => (await signerNamed(one)).address))
  validator = owner!
  const start = new Date(Date.now() - 3_600_000).toISOString()
  const definition = {
    ...{ netuid: 2, start, seed: 's' },
    neurons: [owner, ann, bob].map((hotkey, uid) => ({ hotkey, coldkey: owner, isValidator: uid === 0 })),
    markets: [{ netuid: 62, name: 'one of ours', emissionShare: 0.7, miners: 30, validators: 8 }],
  }
  const data = temporaryFolder()
  fs.writeFileSync(path.join(data, 'chain.json'), JSON.stringify(definition))
  fs.writeFileSync(
    path.join(data, 'arete.toml'),
    `netuid = 2\n[chain]\noffline = "${path.join(data, 'chain.json')}"\n`,
  )
  drop = async () => {
    fs.rmSync(data, { recursive: true, force: true })
    await query(url, `drop database if exists ${name} with (force)`)
  }
  env = { DATABASE_URL: serverUrl(folder, name), ARETE_DATA: data }
})
afterAll(async () => {
  await drop()
})

describe('the chain on the command line', () => {
  test('all subnets are shown as of one block, and ours are marked', async () => {
    const { stdout, exitCode } = await arete(['subnets'], { env })
    const data = JSON.parse((await arete(['subnets', '--json'], { env })).stdout)

    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Block \d+, .*: 2 subnets/)
    expect(stdout).toMatch(/62 {2}one of ours +70\.00 % .* \*/)
    for (const column of ['alpha', 'volume', 'register', 'regs', 'tempo'])
      expect(stdout).toMatch(new RegExp(`\\b${column}\\b`))
    expect(data.rows[0]).toMatchObject({ netuid: 62, isOurs: true, emissionShare: 0.7 })
    expect((await arete(['subnets', '--sort', 'luck'], { env })).exitCode).toBe(2)
  })

  test('weights are simulated beside those of others', async () => {
    const row = ['weights', 'simulate', '--weights', '1=3,2=1', '--hotkey', validator]
    const { stdout, stderr, exitCode } = await arete(row, { env })
    const data = JSON.parse((await arete([...row, '--json'], { env })).stdout)

    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/Incentive\n.*\n +1 +75\.00 % +0\.00 % +75\.00 %/)
    expect(data.uids[2]).toMatchObject({
      uid: 2,
      weight: 0.25,
      incentive: { planned: expect.closeTo(0.25, 3) },
    })
  })

  test.each([
    [['weights', 'simulate'], /No window is settled yet: give weights with --weights/],
    [['weights', 'simulate', '--weights', '1=many'], /Cannot read "1=many"/],
    [
      ['weights', 'simulate', '--weights', '1=1', '--hotkey', 'nobody'],
      /nobody is not registered on subnet 2/,
    ],
    [['chain', 'dev', '--spec', '/nowhere.json'], /Cannot use the chain in \/nowhere\.json:\n.*no such file/],
  ])('%j says what is missing', async (args, sentence) => {
    const { stderr, exitCode } = await arete(args, { env })

    expect(exitCode).toBe(2)
    expect(stderr).toMatch(sentence)
  })

  test('what a settled window pays is told line by line, and what is on chain', async () => {
    const before = await arete(['weights', 'plan'], { env })
    const { standings } = playSeason({
      players: [
        { submission: 'weak', hotkey: 'hotkey of weak', skill: -1, window: 0 },
        { submission: 'strong', hotkey: 'hotkey of strong', skill: 2.5, window: 1 },
      ],
      ...{ windows: 2, environments: environmentsOf('one', 'two'), tasks: 60, confirmation: 200 },
      ...{ alpha: 0.01, seed: 5 },
    })
    const newest = standings.at(-1)!
    const text = JSON.stringify(newest).replaceAll("'", "''")
    await query(
      env.DATABASE_URL!,
      `insert into settlements ("window", block, standings) values (${newest.window}, ${newest.block}, '${text}')`,
    )

    const plan = await arete(['weights', 'plan'], { env })
    const data = JSON.parse((await arete(['weights', 'plan', '--json'], { env })).stdout)
    const shown = await arete(['weights', 'show'], { env })

    expect([before.exitCode, before.stdout]).toEqual([0, expect.stringContaining('No window is settled yet')])
    expect(plan.exitCode).toBe(0)
    expect(plan.stdout).toContain(`Window ${newest.window}, settled at block ${newest.block}`)
    expect(plan.stdout).toMatch(/% {2}hotkey of strong {2}(holds the crown|proven gain) {2}\S/)
    expect(plan.stdout).toMatch(/% {2}burned \(uid 0\)\n\nWeights {4}2: 65535\nChain {6}not yet planned/)
    expect(data).toMatchObject({
      window: newest.window,
      weights: newest.pay.weights,
      state: 'not yet planned',
    })
    expect([shown.exitCode, shown.stdout]).toEqual([0, 'No weights were set yet'])
  })
})
