import { expect, test } from 'vitest'
import { oneLine, plain } from '../../../validator/cli/text.ts'

test.each([
  { what: 'colours', text: '\u001b[31mred\u001b[0m', shown: 'red' },
  { what: 'a cleared screen', text: 'a\u001b[2J\u001b[Hb', shown: 'ab' },
  { what: 'a title of the window', text: '\u001b]0;owned\u0007x', shown: 'x' },
  { what: 'a link', text: '\u001b]8;;http://evil\u0007safe\u001b]8;;\u0007', shown: 'safe' },
  { what: 'a line written over', text: 'failed\rpassed', shown: 'failed·passed' },
  { what: 'a backspace and a bell', text: 'a\b\u0007b', shown: 'a··b' },
  { what: 'a control sequence of one byte', text: 'a\u009b31mb', shown: 'ab' },
  { what: 'text that turns its direction', text: 'a\u202eb', shown: 'a·b' },
  { what: 'lines and tabs, which stay', text: 'a\n\tb', shown: 'a\n\tb' },
])('$what cannot act on a terminal', ({ text, shown }) => {
  expect(plain(text)).toBe(shown)
})

test('one line is one line, and no longer than it may be', () => {
  expect(oneLine('a\n  b\u001b[1m\tc', 80)).toBe('a b c')
  expect(oneLine('abcdef', 4)).toBe('abc…')
})
