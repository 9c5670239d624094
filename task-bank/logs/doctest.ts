import { type LogParser, openStatuses } from './statuses.ts'

/** doctest (C++) with `-r=xml`: each subcase of a test case, failed if any expression in it is; ids are `case > subcase`. */
export const parseDoctest: LogParser = log => {
  const { statuses, tell } = openStatuses('')
  let testCase = ''
  let open: string[] = []
  for (const [tag] of log.matchAll(/<\/?(?:TestCase|SubCase|Expression)\b[^<>]{0,4000}>/g)) {
    const name = decode(/ name="([^"]*)"/.exec(tag)?.[1] ?? '')
    if (tag.startsWith('<TestCase')) {
      testCase = name
      open = []
    } else if (tag.startsWith('<SubCase') && open.length < 100) {
      const id = `${testCase} > ${name}`
      open.push(id)
      if (!tell([id], statuses.get(id) ?? 'PASSED')) break
      if (tag.endsWith('/>')) open.pop()
    } else if (tag.startsWith('</SubCase')) open.pop()
    else if (tag.startsWith('<Expression') && tag.includes('success="false"'))
      for (const id of open) if (!tell([id], 'FAILED')) return statuses
  }
  return statuses
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
