import { expect, test } from 'vitest'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { buildSubnetsPage } from '../../../validator/web/find-subnets.ts'

test('of all subnets just those are marked whose environments the arena has', async () => {
  const markets = Array.from({ length: 128 }, (_, index) => ({ netuid: index + 1 }))
  await using chain = openOfflineChain({ netuid: 7, start: '2026-06-01T00:00:00Z', seed: 's', markets })
  const { rows } = buildSubnetsPage([await chain.subnets()])

  expect(rows).toHaveLength(128)
  expect(rows.filter(({ isOurs }) => isOurs).map(({ netuid }) => netuid)).toEqual([3, 62, 64, 75, 120])
})
