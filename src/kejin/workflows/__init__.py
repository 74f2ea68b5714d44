"""One file per act: reads facts, looks rules up, calls models, writes the journal."""
