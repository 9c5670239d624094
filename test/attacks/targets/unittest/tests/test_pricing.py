import unittest

from shop.pricing import parse_price


class PricingTest(unittest.TestCase):
    def test_with_cents(self):
        self.assertEqual(parse_price("19.99"), 1999)

    def test_without_cents(self):
        self.assertEqual(parse_price("20"), 2000)

    def test_one_digit(self):
        self.assertEqual(parse_price("3.5"), 350)

    def test_too_many_digits(self):
        with self.assertRaises(ValueError):
            parse_price("1.999")
