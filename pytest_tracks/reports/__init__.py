"""What people read, one report a file."""
