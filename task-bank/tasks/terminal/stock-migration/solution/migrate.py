import datetime
import re
import sqlite3


def cents(text):
    text = (text or "").replace("€", "").strip()
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d{1,2}", text):
        text = text.replace(".", "")
    match = re.fullmatch(r"(\d+)(?:[.,](\d{1,2}))?", text)
    return match and int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def day(text):
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text or ""):
        parts = [int(part) for part in match.groups()]
    elif match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)", text or ""):
        parts = [int(part) for part in match.groups()][::-1]
        parts[0] += 2000 if len(match[3]) == 2 else 0
    else:
        return None
    try:
        return datetime.date(*parts).isoformat()
    except ValueError:
        return None


database = sqlite3.connect("stock.db", isolation_level=None)
old_products = database.execute("SELECT id, code, title, supplier, price FROM products ORDER BY id").fetchall()
old_movements = database.execute("SELECT id, product, day, amount FROM movements ORDER BY id").fetchall()
suppliers, products, by_code, kept = {}, [], {}, {}
for number, code, title, supplier, price in old_products:
    name = " ".join((supplier or "").split())
    if name:
        suppliers.setdefault(name.casefold(), (len(suppliers) + 1, name))
    code = code.strip().upper()
    kept[number] = by_code.setdefault(code, number)
    if kept[number] == number:
        supplier_id = suppliers[name.casefold()][0] if name else None
        products.append((number, code, title, supplier_id, cents(price)))
movements = [(number, kept.get(product), day(text), amount) for number, product, text, amount in old_movements]
good = [one for one in movements if None not in one]
orphans = [old for old, new in zip(old_movements, movements) if None in new]

database.execute("BEGIN")
database.execute("DROP TABLE movements")
database.execute("DROP TABLE products")
with open("schema-v2.sql") as schema:
    for statement in schema.read().split(";"):
        database.execute(statement)
database.executemany("INSERT INTO suppliers VALUES (?, ?)", suppliers.values())
database.executemany("INSERT INTO products (id, code, title, supplier_id, price_cents) VALUES (?, ?, ?, ?, ?)", products)
database.executemany("INSERT INTO movements VALUES (?, ?, ?, ?)", good)
database.executemany("INSERT INTO orphans VALUES (?, ?, ?, ?)", orphans)
database.execute(
    "UPDATE products SET quantity = (SELECT coalesce(sum(amount), 0) FROM movements WHERE product_id = products.id)"
)
database.execute("PRAGMA user_version = 2")
database.execute("COMMIT")
