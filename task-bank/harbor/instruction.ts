import fs from 'node:fs'

/** The text of an `instruction.md`; leading comment lines with a canary are for crawlers, not for agents. */
export function readInstruction(file: string): string {
  if (!fs.existsSync(file)) return ''
  const lines = fs.readFileSync(file, 'utf8').split('\n')
  let start = 0
  while (/^\s*(<!--|#).*canary/i.test(lines[start] ?? '')) {
    start += 1
    while (start < lines.length && lines[start]!.trim() === '') start += 1
  }
  return lines.slice(start).join('\n')
}
