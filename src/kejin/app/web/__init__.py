"""The web application: pages and interfaces over the same workflows as the command line."""
