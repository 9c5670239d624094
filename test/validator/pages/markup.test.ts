import fc from 'fast-check'
import { expect, test } from 'vitest'
import { html, legible } from '../../../validator/pages/markup.ts'

test.each([
  ['a tag', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['the end of an attribute', '" onload="x', '&quot; onload=&quot;x'],
  ['the end of an attribute in the other marks', "' onload='x", '&#39; onload=&#39;x'],
  ['an entity', '&lt;b&gt;', '&amp;lt;b&amp;gt;'],
  ['a zero byte', 'a\0b', 'a\u00b7b'],
  ['a turn of direction', 'ab\u202etxt.exe\u2066', 'ab\u00b7txt.exe\u00b7'],
  ['what is not seen', 'a\u200bb\u00adc\ufeffd', 'a\u00b7b\u00b7c\u00b7d'],
  ['half of a pair', 'a\ud83d!', 'a\u00b7!'],
  ['colours of a terminal', '\x1b[31;1mred\x1b[0m', 'red'],
  ['a title for a terminal', '\x1b]0;owned\x07after', 'after'],
  ['a link for a terminal', '\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\', 'here'],
  ['an escape that leads nowhere', 'a\x1b', 'a\u00b7'],
  ['control characters of eight bits', 'a\u009b31mb', 'a\u00b731mb'],
  ['line ends of all kinds', 'a\r\nb\rc\nd\u2028e', 'a\nb\nc\nd\u00b7e'],
  ['marks piled up', `a${'\u0301'.repeat(50)}`, `a${'\u0301'.repeat(3)}`],
  ['words of other languages', 'ἀρετή, שלום, 日本語', 'ἀρετή, שלום, 日本語'],
])('%s becomes text', (_, given, shown) => {
  expect(html`${given}`.text).toBe(shown)
})

test('whatever is put in, only our own tags come out, and nothing that commands or turns', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), texts => {
      const { text } = html`<p title="${texts.join('')}">${texts}</p>`

      expect(text.match(/[<>]/g)).toEqual(['<', '>', '<', '>'])
      expect(text.match(/"/g)).toHaveLength(2)
      expect(text).not.toMatch(/[^\P{C}\n\t]/u)
    }),
  )
})

test('a megabyte in one line takes no longer than its length', () => {
  const start = performance.now()
  legible(`${'\x1b]'.repeat(250_000)}${'a\u0301'.repeat(250_000)}`)
  expect(performance.now() - start).toBeLessThan(3000)
})

test('lists are joined, nothing stands for undefined, and what is HTML stays so', () => {
  expect(html`<ul>${['a', 1].map(one => html`<li>${one}</li>`)}${undefined}</ul>`.text).toBe(
    '<ul><li>a</li><li>1</li></ul>',
  )
})
