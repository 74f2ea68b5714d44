"""What is known: tables, columns, keys, units, meaning; readers that check every row."""
