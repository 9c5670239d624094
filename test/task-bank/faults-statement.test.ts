import { expect, test } from 'vitest'
import { plantFaults } from '../../task-bank/faults/plant.ts'
import { languageOf } from '../../task-bank/faults/syntax.ts'
import { readFailure } from '../../task-bank/synth/failure.ts'
import { privateWords } from '../../task-bank/synth/private.ts'
import { cutScene } from '../../task-bank/synth/scene.ts'
import { writeStatement } from '../../task-bank/synth/statement.ts'

const PYTHON = `import pytest

from shop import Cart, Broken
from .tools import basket

RATE = 3


@pytest.fixture
def full():
    cart = Cart()
    cart.add("pear", 2)
    return cart


def other():
    return 7


def test_total(full):
    assert full.count() == 2
    unused = other()
    full.add("fig", RATE)
    assert full.total(tax=True) == 12


@pytest.mark.parametrize("text, cents", [("1,99", 199)])
def test_price(text, cents):
    assert Cart.price(text) == cents


def test_refuses(full):
    with pytest.raises(Broken):
        full.add("", 1)


def test_is_there():
    cart = Cart()
    cart.add("fig", 1)
    assert cart.has("fig")


def test_in_a_loop():
    for text in ["a", "b"]:
        assert Cart.price(text) == 1


def test_tries():
    cart = Cart()
    try:
        cart.add("?", 1)
    except Broken:
        pass


def check(one, other):
    assert one == other


def test_checks():
    check(Cart().count(), 0)
    check(Cart().total(), 1)


def test_opens():
    with frozen("2020"):
        assert Cart().day() == 1


class TestCart:
    def setup_method(self):
        self.cart = Cart()

    def test_own(self):
        assert self.cart.total() == 1
`

const TYPESCRIPT = `import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { Cart } from '../src/cart.ts'

const RATE = 3
let cart: Cart

beforeEach(() => {
  cart = new Cart()
})

function filled() {
  return cart.add('pear', 2)
}

describe('cart', () => {
  test('total', async () => {
    assert.equal(cart.count(), 0)
    const full = await filled()
    full.add('fig', RATE)
    assert.equal(await full.total({ tax: true }), 12)
  })

  test('refuses', () => {
    assert.throws(() => cart.add('', 1), RangeError)
  })
})
`

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length
}

async function tell(
  file: string,
  text: string,
  message: string,
  hidden: readonly string[] = [],
): Promise<string | undefined> {
  const failure = readFailure(file, message)
  const scene = failure && (await cutScene(text, languageOf(file)!, failure.line))
  return failure && scene && writeStatement([{ scene, failure }], word => hidden.includes(word))
}

function pytestSays(part: string, ...said: string[]): string {
  return [
    '    def test_it():',
    `>       ${part}`,
    ...said.map(line => `E       ${line}`),
    '',
    `tests/test_cart.py:${lineOf(PYTHON, part)}: AssertionError`,
  ].join('\n')
}

test('a statement tells what was called, what was expected and what came', async () => {
  const part = 'assert full.total(tax=True) == 12'
  const message = pytestSays(part, 'assert 9 == 12', ' +  where 9 = total(tax=True)')

  expect(await tell('tests/test_cart.py', PYTHON, message)).toMatchInlineSnapshot(`
    "# A result is not the expected one

    \`\`\`python
    RATE = 3
    @pytest.fixture
    def full():
        cart = Cart()
        cart.add("pear", 2)
        return cart

    full.add("fig", RATE)
    full.total(tax=True)
    \`\`\`

    Expected: \`12\`

    Instead it gives \`9\`
    "
  `)
})

test('parameters of a test have the values that they had', async () => {
  const part = 'assert Cart.price(text) == cents'
  const message = `text = '1,99', cents = 199\n\n${pytestSays(part, 'assert 198 == 199')}`

  expect(await tell('tests/test_cart.py', PYTHON, message)).toMatchInlineSnapshot(`
    "# A result is not the expected one

    \`\`\`python
    text = '1,99'
    Cart.price(text)
    \`\`\`

    Expected: \`199\`

    Instead it gives \`198\`
    "
  `)
})

test('an error that is not raised', async () => {
  const message = pytestSays('with pytest.raises(Broken):', "Failed: DID NOT RAISE <class 'shop.Broken'>")

  expect(await tell('tests/test_cart.py', PYTHON, message)).toMatchInlineSnapshot(`
    "# No error comes where one is expected

    \`\`\`python
    @pytest.fixture
    def full():
        cart = Cart()
        cart.add("pear", 2)
        return cart

    full.add("", 1)
    \`\`\`

    Expected: it raises \`Broken\`

    Instead no error comes.
    "
  `)
})

test('an error that is raised is told by its own words', async () => {
  const line = lineOf(PYTHON, 'assert cart.has("fig")')
  const message = [
    '    def test_is_there():',
    '>       assert cart.has("fig")',
    '',
    `tests/test_cart.py:${line}: `,
    '_ _ _ _',
    '    def has(self, name):',
    '>       return self._items[name]',
    "E       KeyError: 'fig'",
    '',
    'shop/cart.py:12: KeyError',
  ].join('\n')

  expect(await tell('tests/test_cart.py', PYTHON, message)).toMatchInlineSnapshot(`
    "# An error comes where a result is expected

    \`\`\`python
    cart = Cart()
    cart.add("fig", 1)
    cart.has("fig")
    \`\`\`

    Expected: a true value.

    Instead it raises \`KeyError: 'fig'\`
    "
  `)
})

test('words that tell of the place are left out', async () => {
  const part = 'assert cart.has("fig")'
  const raising = (text: string): string => pytestSays(part, text)
  const told = (text: string): Promise<string | undefined> =>
    tell('tests/test_cart.py', PYTHON, raising(text), ['_items', 'cart', 'CartError'])

  expect(await told("AttributeError: 'Cart' object has no attribute '_items'")).toContain(
    'it raises `AttributeError`',
  )
  expect(await told('shop.CartError: none')).toContain('Instead an error comes.')
  expect(await told('OSError: no file /app/shop/cart.py')).toContain('it raises `OSError`')
  // A word that the test says itself is no secret.
  expect(await told("KeyError: 'cart'")).toContain("it raises `KeyError: 'cart'`")
  expect(
    await tell('tests/test_cart.py', PYTHON, pytestSays(part, 'assert <Secret>'), ['Secret']),
  ).toBeUndefined()
})

test('what a test tries is told with the error that it waits for', async () => {
  const told = await tell('tests/test_cart.py', PYTHON, pytestSays('cart.add("?", 1)', "KeyError: '?'"))

  expect(told).toContain(
    'cart = Cart()\ncart.add("?", 1)\n```\n\nExpected: it raises `Broken`\n\nInstead it raises `KeyError',
  )
})

test('what a helper checked before is not told', async () => {
  const told = await tell(
    'tests/test_cart.py',
    PYTHON,
    pytestSays('check(Cart().total(), 1)', 'assert 2 == 1'),
  )

  expect(told).toContain('    assert one == other\n\ncheck(Cart().total(), 1)\n')
})

test('what cannot be told so that a person can try it is not told', async () => {
  const loop = 'assert Cart.price(text) == 1'
  expect(await tell('tests/test_cart.py', PYTHON, pytestSays(loop, 'assert 2 == 1'))).toBeUndefined()
  expect(await tell('tests/test_cart.py', PYTHON, 'no line at all')).toBeUndefined()
  const frozen = 'assert Cart().day() == 1'
  expect(await tell('tests/test_cart.py', PYTHON, pytestSays(frozen, 'assert 2 == 1'))).toBeUndefined()
  const own = 'assert self.cart.total() == 1'
  expect(await tell('tests/test_cart.py', PYTHON, pytestSays(own, 'assert 2 == 1'))).toBeUndefined()
  const part = 'assert Cart.price(text) == cents'
  const cut = `text = '1,99...00', cents = 199\n\n${pytestSays(part, 'assert 198 == 199')}`
  expect(await tell('tests/test_cart.py', PYTHON, cut)).toBeUndefined()
})

test('node:test is read by the stack of its error', async () => {
  const line = lineOf(TYPESCRIPT, 'assert.equal(await full')
  const message = `AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n9 !== 12\n\n    at Cart.total (file:///app/src/cart.ts:3:4)\n    at async TestContext.<anonymous> (file:///app/test/cart.test.ts:${line}:5)`

  expect(await tell('test/cart.test.ts', TYPESCRIPT, message)).toMatchInlineSnapshot(`
    "# A result is not the expected one

    \`\`\`ts
    const RATE = 3
    let cart: Cart
    beforeEach(() => {
      cart = new Cart()
    })

    function filled() {
      return cart.add('pear', 2)
    }

    const full = await filled()
    full.add('fig', RATE)
    await full.total({ tax: true })
    \`\`\`

    Expected: \`12\`

    Instead it gives \`9\`
    "
  `)
})

test('a diff of node:test is told as what came', async () => {
  const line = lineOf(TYPESCRIPT, 'assert.equal(await full')
  const message = `AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:\n+ actual - expected\n\n  [\n+   1,\n    2,\n-   3\n  ]\n\n    at TestContext.<anonymous> (file:///app/test/cart.test.ts:${line}:5)`

  expect(await tell('test/cart.test.ts', TYPESCRIPT, message)).toContain('Instead it gives `[ 1, 2 ]`')
})

test('an error that node:test misses', async () => {
  const line = lineOf(TYPESCRIPT, 'assert.throws')
  const message = `AssertionError [ERR_ASSERTION]: Missing expected exception (RangeError).\n    at TestContext.<anonymous> (file:///app/test/cart.test.ts:${line}:12)`

  expect(await tell('test/cart.test.ts', TYPESCRIPT, message)).toMatchInlineSnapshot(`
    "# No error comes where one is expected

    \`\`\`ts
    let cart: Cart
    beforeEach(() => {
      cart = new Cart()
    })

    cart.add('', 1)
    \`\`\`

    Expected: it raises \`RangeError\`

    Instead no error comes.
    "
  `)
})

test('vitest says both values', async () => {
  const text =
    "import { expect, test } from 'vitest'\nimport { add } from './add'\ntest('adds', () => {\n  expect(add(1, 2)).toBe(3)\n})\n"
  const message = 'AssertionError: expected 4 to be 3 // Object.is equality\n    at /app/src/add.test.ts:4:21'

  expect(await tell('src/add.test.ts', text, message)).toMatchInlineSnapshot(`
    "# A result is not the expected one

    \`\`\`ts
    add(1, 2)
    \`\`\`

    Expected: \`3\`

    Instead it gives \`4\`
    "
  `)
})

test('private is what stands nowhere else, and the names of the place', async () => {
  const texts = new Map([
    [
      'shop/cart.py',
      'class Cart:\n    def total(self, rate):\n        summed = rate - self._base\n        return shared(summed)\n\ndef shared(x):\n    return x\n',
    ],
    ['shop/page.py', 'from .cart import shared\nprint(shared(1), rate)\n'],
    ['tests/test_cart.py', 'Cart().total(1)\n'],
  ])
  const [fault] = await plantFaults('shop/cart.py', texts.get('shop/cart.py')!, 'python')

  expect([...(await privateWords(fault!, texts))].toSorted()).toEqual([
    'Cart',
    '_base',
    'cart',
    'summed',
    'total',
  ])
})
