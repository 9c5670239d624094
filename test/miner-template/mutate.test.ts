import { expect, test } from 'vitest'
import { mutate } from '../../miner-template/repair/mutate.ts'

const python = [
  ['        if total > limit:', '        if total >= limit:'],
  ['    for i in range(len(rows) - 1):', '    for i in range(len(rows)):'],
  ['    return text[start:end]', '    return text[start:end + 1]'],
  ['    if ready or forced:', '    if ready and forced:'],
  ['    if not limit:', '    if limit is None:'],
  ['    size = size or 10', '    size = size if size is not None else 10'],
  ['    half = total // 2', '    half = total / 2'],
  ['    return move(source, target)', '    return move(target, source)'],
  ['    return self.items', '    return self.items.copy()'],
  ['    if key in seen:', '    if key not in seen:'],
  ['            return found', '        return found'],
  ['    return max(rows, 3)', '    return min(rows, 3)'],
] as const

const node = [
  ['  if (a < b && c) return', '  if (a < b || c) return'],
  ['  const size = options.size || 10', '  const size = options.size ?? 10'],
  ['  rows.sort((a, b) => a.age - b.age)', '  rows.sort((a, b) => b.age - a.age)'],
  ['  ages.sort()', '  ages.sort((a, b) => a - b)'],
  ['  const data = load(path)', '  const data = await load(path)'],
  ['  if (!limit) return all', '  if (limit === undefined) return all'],
  ['  return Math.floor(a / b)', '  return Math.ceil(a / b)'],
  ["  return name.replace(' ', '-')", "  return name.replaceAll(' ', '-')"],
] as const

test.each(python)('mutate() turns Python %j into %j', (from, to) => {
  expect(textsOf(from, 'python')).toContain(to)
})

test.each(node)('mutate() turns JavaScript %j into %j', (from, to) => {
  expect(textsOf(from, 'node')).toContain(to)
})

test('mutate() leaves strings and comments alone', () => {
  expect(
    textsOf("    say('1 < 2 and true')  # a > b", 'python').filter(
      text => !text.includes("'1 < 2 and true'"),
    ),
  ).toEqual(['    pass'])
})

test('mutate() takes names from nearby lines and literals from the statement', () => {
  const surroundings = {
    language: 'node',
    nearby: 'const left = 1, right = 2',
    statement: 'It waits 30 seconds.',
  } as const

  const texts = mutate('wait(left, 20)', surroundings).map(({ text }) => text)

  expect(texts).toContain('wait(right, 20)')
  expect(texts).toContain('wait(left, 30)')
})

test('mutate() gives every other line once, likeliest first', () => {
  const line = 'if (i <= rows.length - 1 && rows[i] !== undefined) return rows[i + 1]'

  const mutations = mutate(line, { language: 'node', nearby: line, statement: '' })

  const texts = mutations.map(({ text }) => text)
  const priors = mutations.map(({ prior }) => prior)
  expect(new Set(texts).size).toBe(texts.length)
  expect(texts).not.toContain(line)
  expect(priors).toEqual(priors.toSorted((a, b) => b - a))
  expect(texts[0]).toBe(line.replace('<=', '<'))
})

function textsOf(line: string, language: 'python' | 'node'): string[] {
  return mutate(line, { language, nearby: '', statement: '' }).map(({ text }) => text)
}
