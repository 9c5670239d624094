import type { Budget } from './budget.ts'
import type { Code } from './code.ts'
import { MOST } from './limits.ts'

const TOKEN = /(?<text>"[^"\n]*"|'[^'\n]*')|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<number>\d+)|[^\s]/gu

/** Reads a text of whatever language by its lines: each is a piece, and what stands between empty lines is a unit. */
export function readPlain(text: string, budget: Budget): Code {
  const units: string[][][] = []
  const texts: string[] = []
  let unit: string[][] = []
  const close = (): void => {
    if (unit.length > 0) units.push(unit)
    unit = []
  }
  let isWhole = text.length <= MOST.plain
  for (const line of text.slice(0, MOST.plain).split('\n')) {
    isWhole &&= line.length <= MOST.line
    const piece = tokensOf(line.slice(0, MOST.line), texts)
    budget.nodes -= piece.length + 1
    if (budget.nodes < 0) {
      isWhole = false
      break
    }
    if (piece.length === 0) close()
    else unit.push(piece)
  }
  close()
  return { units, given: new Set(), texts: texts.length === 0 ? [] : [texts.join('\n')], isWhole }
}

function tokensOf(line: string, texts: string[]): string[] {
  const tokens: string[] = []
  for (const { 0: token, groups } of line.matchAll(TOKEN)) {
    if (groups!.text !== undefined) {
      texts.push(token.slice(1, -1))
      tokens.push('text')
    } else if (groups!.word !== undefined) tokens.push(`$${token.slice(0, MOST.name)}`)
    else tokens.push(groups!.number === undefined ? token : '0')
  }
  return tokens
}
