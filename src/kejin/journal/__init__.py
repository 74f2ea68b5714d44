"""What was decided, on what, by whom: append-only, hash-chained, replayable."""
