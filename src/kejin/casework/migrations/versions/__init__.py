"""How older stores become new ones: one file a change, in order."""
