"""What is a scheme written in? Expressions, gates and items, and their two compilers, for every model with rules."""
