"""Who may have which loan, for what, how much and how long at most? Each product a scheme over rule values."""
