CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  code TEXT,
  title TEXT,
  supplier TEXT,
  price TEXT
);
CREATE TABLE movements (
  id INTEGER PRIMARY KEY,
  product INTEGER,
  day TEXT,
  amount INTEGER
);
PRAGMA user_version = 1;
