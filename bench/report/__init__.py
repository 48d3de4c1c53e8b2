"""Reports: tables, claims and comparisons as data, and the document and charts made of them."""
