"""Who does what, on whose behalf, with whose consent: people, roles, cases, four eyes, and the record of it."""
