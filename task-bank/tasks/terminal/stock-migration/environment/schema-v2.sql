CREATE TABLE suppliers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  supplier_id INTEGER REFERENCES suppliers (id),
  price_cents INTEGER,
  quantity INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE movements (
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  day TEXT NOT NULL,
  amount INTEGER NOT NULL
);
CREATE INDEX movements_by_product ON movements (product_id, day);
CREATE TABLE orphans (
  id INTEGER PRIMARY KEY,
  product INTEGER,
  day TEXT,
  amount INTEGER
);
