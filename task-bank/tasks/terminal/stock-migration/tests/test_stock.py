import sqlite3


def query(text):
    database = sqlite3.connect("file:/app/stock.db?mode=ro", uri=True)
    try:
        return database.execute(text).fetchall()
    finally:
        database.close()


def test_version():
    assert query("PRAGMA user_version") == [(2,)]


def test_integrity():
    assert query("PRAGMA integrity_check") == [("ok",)]


def test_foreign_keys():
    assert len(query("PRAGMA foreign_key_check")) + len(query("PRAGMA foreign_key_list(products)")) == 1


def test_tables_and_index():
    names = query("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
    assert [name for name, in names] == ["movements", "movements_by_product", "orphans", "products", "suppliers"]


def test_columns_of_products():
    assert [row[1] for row in query("PRAGMA table_info(products)")] == ["id", "code", "title", "supplier_id", "price_cents", "quantity"]


def test_codes_are_unique():
    assert [row[2] for row in query("PRAGMA index_list(products)")] == [1]


def test_suppliers():
    assert query("SELECT * FROM suppliers WHERE id < 4 ORDER BY id") == [(1, "Harbour Goods"), (2, "Hill & Sons"), (3, "Tea House")]


def test_suppliers_of_removed_products():
    assert query("SELECT * FROM suppliers WHERE id > 3 ORDER BY id") == [(4, "Nobody"), (5, "Pottery")]


def test_which_products_stay():
    assert [number for number, in query("SELECT id FROM products ORDER BY id")] == [1, 2, 4, 7, 8, 9, 11, 15, 16]


def test_codes():
    assert query("SELECT code FROM products WHERE id IN (1, 2, 4)") == [("TEA-01",), ("TEA-02",), ("COF-01",)]


def test_titles():
    assert query("SELECT title FROM products WHERE id IN (1, 4) ORDER BY id") == [("Black tea",), ("Coffee",)]


def test_suppliers_of_products():
    assert query("SELECT id, supplier_id FROM products ORDER BY id") == [
        (1, 1),
        (2, 1),
        (4, 2),
        (7, None),
        (8, None),
        (9, 2),
        (11, 3),
        (15, 5),
        (16, 5),
    ]


def test_plain_prices():
    assert query("SELECT price_cents FROM products WHERE id IN (1, 2, 4, 11) ORDER BY id") == [(320,), (1250,), (800,), (99,)]


def test_thousands():
    assert query("SELECT price_cents FROM products WHERE id = 7") == [(129900,)]


def test_prices_that_cannot_be_read():
    assert query("SELECT price_cents FROM products WHERE id IN (8, 9)") == [(None,), (None,)]


def test_prices_in_a_form_that_was_not_agreed_on():
    assert query("SELECT price_cents FROM products WHERE id IN (15, 16)") == [(None,), (None,)]


def test_days():
    assert query("SELECT id, day FROM movements WHERE id < 7 ORDER BY id") == [
        (1, "2021-03-04"),
        (2, "2021-03-05"),
        (3, "2021-03-06"),
        (6, "2021-04-30"),
    ]


def test_days_of_this_century():
    assert query("SELECT day FROM movements WHERE id = 7") == [("2099-12-01",)]


def test_leap_day():
    assert query("SELECT day FROM movements WHERE id IN (8, 9)") == [("2020-02-29",)]


def test_movements_of_the_one_that_stays():
    assert query("SELECT id, product_id FROM movements WHERE id IN (3, 7)") == [(3, 1), (7, 4)]


def test_orphans():
    assert query("SELECT * FROM orphans ORDER BY id") == [
        (4, 3, "2021-03-07", 4),
        (5, 4, "31.4.2021", 6),
        (8, 2, "2021-02-29", 3),
        (11, 99, "soon", 1),
        (12, 9, "2022-1-5", 2),
        (15, 12, "", 1),
    ]


def test_quantities():
    assert query("SELECT id, quantity FROM products WHERE quantity <> 0 ORDER BY id") == [(1, 7), (2, 7), (4, 25), (7, 1)]


def test_quantities_of_none():
    assert query("SELECT count(*) FROM products WHERE quantity = 0 AND id IN (8, 9, 11, 15, 16)") == [(5,)]
