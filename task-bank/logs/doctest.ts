import type { LogParser, Status } from './statuses.ts'

/** doctest (C++) with `-r=xml`: each subcase of a test case, failed if any expression in it is; ids are `case > subcase`. */
export const parseDoctest: LogParser = log => {
  const statuses = new Map<string, Status>()
  let testCase = ''
  let open: string[] = []
  for (const [tag] of log.matchAll(/<\/?(?:TestCase|SubCase|Expression)\b[^<>]{0,4000}>/g)) {
    const name = decode(/ name="([^"]*)"/.exec(tag)?.[1] ?? '')
    if (tag.startsWith('<TestCase')) {
      testCase = name
      open = []
    } else if (tag.startsWith('<SubCase') && open.length < 100) {
      open.push(`${testCase} > ${name}`)
      if (!statuses.has(open.at(-1)!)) statuses.set(open.at(-1)!, 'PASSED')
      if (tag.endsWith('/>')) open.pop()
    } else if (tag.startsWith('</SubCase')) open.pop()
    else if (tag.startsWith('<Expression') && tag.includes('success="false"'))
      for (const id of open) statuses.set(id, 'FAILED')
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
