"""A synthetic city to try everything on, with the truth kept in a separate folder."""
