import { stripVTControlCharacters } from 'node:util'

/** Text of a miner, a task or a container, made harmless for a terminal: no escape sequences, no control characters. */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{C}\n\t]/gu, '\u00b7')
}

/** The same on one line, cut to a width. */
export function oneLine(text: string, width: number): string {
  const line = plain(text).replaceAll(/\s+/g, ' ').trim()
  if (line.length <= width) return line
  // Half of a pair of surrogates is no character.
  return `${line.slice(0, Math.max(0, width - 1)).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Indented JSON of anything; what would command a terminal stands in it as an escape of JSON. */
export function asJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(/[^\P{C}\n]/gu, character =>
    [...Array(character.length).keys()]
      .map(index => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** `1 task`, `2 tasks`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}

/** `3.2 s`, `2 min 5 s`, `1 h 4 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** `12.34 %` */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}
