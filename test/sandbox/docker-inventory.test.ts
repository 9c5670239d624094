import { expect, test } from 'vitest'
import { sizeLayers } from '../../sandbox/docker-inventory.ts'

const step = (CreatedBy: string, Size = 0) => ({ CreatedBy, Size })

test.each([
  {
    what: 'a classic build',
    history: [
      step('/bin/sh -c #(nop)  LABEL a=b'),
      step('/bin/sh -c make', 30),
      step('/bin/sh -c #(nop) WORKDIR /app'),
      step('/bin/sh -c #(nop) COPY dir:12 in /app', 5),
      step('', 100),
    ],
    layers: ['a', 'b', 'c'],
    bytes: [100, 5, 30],
  },
  {
    what: 'a folder to work in that had to be made',
    history: [
      step('/bin/sh -c make', 30),
      step('/bin/sh -c #(nop) WORKDIR /new'),
      step('/bin/sh -c #(nop)  ENV WORKDIR=/x'),
      step('', 100),
    ],
    layers: ['a', 'b', 'c'],
    bytes: [100, 0, 30],
  },
  {
    what: 'a build by BuildKit',
    history: [
      step('CMD ["sh"]'),
      step('RUN /bin/sh -c true # buildkit'),
      step('ENV A=b'),
      step('COPY . /', 7),
    ],
    layers: ['a', 'b'],
    bytes: [7, 0],
  },
  { what: 'no history', history: [], layers: ['a', 'b'], bytes: [0, 0] },
])('the steps of $what are shared out to its layers', ({ history, layers, bytes }) => {
  const sized = sizeLayers(layers, history)

  expect(sized.map(part => part.bytes)).toEqual(bytes)
  expect(sized.map(part => part.id)).toEqual(layers.map((_, index) => layers.slice(0, index + 1).join(' ')))
})
