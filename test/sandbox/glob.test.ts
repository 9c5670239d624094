import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitsGlob } from '../../sandbox/glob.ts'

test.each([
  { glob: 'a?c', fits: ['abc'], fails: ['ac', 'a/c', 'abcd'] },
  { glob: '*.py', fits: ['.py', 'a.py'], fails: ['a/b.py', 'a.pyc'] },
  { glob: '**/a', fits: ['a', 'x/a', 'x/y/a'], fails: ['xa', 'a/x'] },
  { glob: 'a/**', fits: ['a/', 'a/b', 'a/b/c'], fails: ['a', 'b/a/b'] },
  { glob: 'a/**/b', fits: ['a/b', 'a/x/b', 'a/x/y/b'], fails: ['ab', 'a/xb'] },
  { glob: '(a|b)+[c]$', fits: ['(a|b)+[c]$'], fails: ['ac'] },
])('$glob fits and fails what it should', ({ glob, fits, fails }) => {
  expect([fits, fails].map(paths => paths.map(path => fitsGlob(glob, path)))).toEqual([
    fits.map(() => true),
    fails.map(() => false),
  ])
})

test('fitsGlob() says what a regular expression of the same meaning says', () => {
  const glob = fc.array(fc.constantFrom('**/', '**', '*', '?', '/', 'a', 'b', '.'), { maxLength: 6 })
  const path = fc.array(fc.constantFrom('a', 'b', '/', '.'), { maxLength: 7 })

  fc.assert(
    fc.property(glob, path, (globParts, pathParts) => {
      const [pattern, name] = [globParts.join(''), pathParts.join('')]

      expect(fitsGlob(pattern, name)).toBe(asExpression(pattern).test(name))
    }),
    { numRuns: 3000 },
  )
})

test('fitsGlob() takes no time for a pattern that keeps a regular expression busy for ever', () => {
  const start = performance.now()

  expect(fitsGlob(`${'**/a'.repeat(20)}/b`, 'a/'.repeat(250))).toBe(false)

  expect(performance.now() - start).toBeLessThan(2000)
})

function asExpression(glob: string): RegExp {
  const source = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map(
      part =>
        ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[part] ?? part.replaceAll('.', '\\.'),
    )
    .join('')
  return new RegExp(`^${source}$`)
}
