"""Plan formats, one a file."""
