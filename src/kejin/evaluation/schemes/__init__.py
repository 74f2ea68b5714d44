"""The official schemes, one file each; a version of a scheme that reads differently is a file of its own."""
