"""Where queries run: DuckDB in-process by default, Spark when one machine is too small."""
