import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 } from '../../../task-bank/draw/fields.ts'
import { buildTree, climb } from '../../../task-bank/draw/merkle.ts'

/** Leaves and roots that the public logs of RFC 6962 test themselves with. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const leaves = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 })

test.each(ROOTS.map((root, index) => ({ root, size: index + 1 })))(
  'the root of $size leaves is that of RFC 6962',
  ({ root, size }) => {
    const tree = buildTree(LEAVES.slice(0, size).map(leaf => Buffer.from(leaf, 'hex')))

    expect(tree.root.toString('hex')).toBe(root)
  },
)

test('every leaf climbs to the root by its path, and by it alone', () => {
  fc.assert(
    fc.property(leaves, fc.nat(), fc.nat(), (data, which, spoilt) => {
      const tree = buildTree(data)
      const index = which % data.length
      const path = tree.pathOf(index)

      expect(climb(data[index]!, index, data.length, path)).toEqual(tree.root)
      expect(climb(data[index]!, index, data.length, [...path, tree.root])).toBeUndefined()
      expect(climb(data[index]!, index, data.length, path.slice(1))).not.toEqual(
        path.length > 0 ? tree.root : undefined,
      )
      const other = path.map((hash, at) => (at === spoilt % path.length ? sha256(hash) : hash))
      if (path.length > 0) expect(climb(data[index]!, index, data.length, other)).not.toEqual(tree.root)
      expect(climb(Buffer.concat([data[index]!, Buffer.of(0)]), index, data.length, path)).not.toEqual(
        tree.root,
      )
    }),
  )
})

test('a leaf is not taken for one at another place', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 255 }), { minLength: 2, maxLength: 40 }),
      fc.nat(),
      fc.nat(),
      (bytes, one, other) => {
        const data = bytes.map(byte => Buffer.of(byte))
        const [index, place] = [one % data.length, other % data.length]
        fc.pre(index !== place)
        const tree = buildTree(data)

        expect(climb(data[index]!, place, data.length, tree.pathOf(index))).not.toEqual(tree.root)
      },
    ),
  )
})

test('a node is not taken for a leaf', () => {
  const inner = buildTree([Buffer.of(1), Buffer.of(2)])
  const [left, right] = [inner.pathOf(1)[0]!, inner.pathOf(0)[0]!]

  expect(buildTree([Buffer.concat([left, right])]).root).not.toEqual(inner.root)
})
