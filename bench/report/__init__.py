"""Reports: tables, claims and comparisons as data, and the page and charts made of them."""
