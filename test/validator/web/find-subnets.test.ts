import { expect, test } from 'vitest'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { renderSubnets } from '../../../validator/pages/subnets.ts'
import { buildSubnetsPage } from '../../../validator/web/find-subnets.ts'
import { fakeSite, fakeSubnets } from '../../support/pages.ts'

test('the page says of a market what is in its pool, was traded, and what registering takes', () => {
  const page = fakeSubnets(1)
  const [row] = page.rows
  const known = { ...row!, alpha: 123_000, volume: 4_560_000, registrations: 7, cost: 1.25, tempo: 361 }

  const shown = renderSubnets(fakeSite(), { ...page, rows: [known] })

  const heads = [...shown.matchAll(/<th scope="col"[^>]*>([^<]+)</g)].map(([, head]) => head)
  expect(heads).toEqual(
    expect.arrayContaining(['Alpha in pool', 'Traded, ever', 'To register', 'Registrations', 'Tempo']),
  )
  const cells = [...shown.matchAll(/<td class="number">([^<]+)</g)].map(([, cell]) => cell)
  expect(cells).toEqual(expect.arrayContaining(['123k', '4.56M', '1.25', '7', '361']))
})

test('of all subnets just those are marked whose environments the arena has', async () => {
  const markets = Array.from({ length: 128 }, (_, index) => ({ netuid: index + 1 }))
  await using chain = openOfflineChain({ netuid: 7, start: '2026-06-01T00:00:00Z', seed: 's', markets })
  const { rows } = buildSubnetsPage([await chain.subnets()])

  expect(rows).toHaveLength(128)
  expect(rows.filter(({ isOurs }) => isOurs).map(({ netuid }) => netuid)).toEqual([3, 62, 64, 75, 120])
})
