import { test, vi } from 'vitest'
import { openLocalCase } from '../../support/local-chain.ts'
import { keepsTheContract } from './contract.ts'

const local = openLocalCase(process.env)

// Blocks of a real runtime are slow, and the subnet is made in the first test.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })

if (local.kind === 'skipped')
  test.skip(`the contract over a real chain: skipped, since ${local.why}`, () => {})
else keepsTheContract(`subtensor (${local.what})`, local.open)
