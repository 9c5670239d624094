import sqlite3

PRODUCTS = [
    (1, "tea-01", "Black tea", "Harbour Goods", "3.20"),
    (2, " TEA-02", "Green tea", "harbour  goods ", "12,5"),
    (4, "cof-01", "Coffee", "Hill & Sons", "€ 8"),
    (5, "Tea-01 ", "Black tea (old card)", "Tea House", "2.90"),
    (7, "mug-01", "Mug", None, "1.299,00"),
    (8, "mug-02", "Large mug", "  ", ""),
    (9, "cof-02", "Decaf", "HILL & SONS", "about 9"),
    (11, "sug-01", "Sugar", "Tea House", "0,99"),
    (12, "COF-01", "Coffee (again)", "Nobody", "7"),
    (15, "pot-01", "Teapot", "Pottery", "€1.050"),
    (16, "can-01", "Candle", "pottery", "1,299.00"),
]
MOVEMENTS = [
    (1, 1, "2021-03-04", 10),
    (2, 1, "5.3.2021", -2),
    (3, 5, "6.3.21", -1),
    (4, 3, "2021-03-07", 4),
    (5, 4, "31.4.2021", 6),
    (6, 4, "30.4.2021", 20),
    (7, 12, "1.12.99", 5),
    (8, 2, "2021-02-29", 3),
    (9, 2, "29.2.2020", 7),
    (10, 7, "07.08.2022", 1),
    (11, 99, "soon", 1),
    (12, 9, "2022-1-5", 2),
    (13, 15, "2022-01-05", 2),
    (14, 15, "6.1.22", -2),
    (15, 12, "", 1),
]
database = sqlite3.connect("/app/stock.db")
with open("/app/schema-v1.sql") as schema:
    database.executescript(schema.read())
database.executemany("INSERT INTO products VALUES (?, ?, ?, ?, ?)", PRODUCTS)
database.executemany("INSERT INTO movements VALUES (?, ?, ?, ?)", MOVEMENTS)
database.commit()
