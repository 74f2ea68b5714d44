"""What the rules say on a day: dated values with their source, looked up, never guessed."""
