import unittest

from shop.pricing import parse_price


class VisibleTest(unittest.TestCase):
    def test_cents(self):
        self.assertEqual(parse_price("1.25"), 125)
