"""The declaration of every table, one file a subject."""
