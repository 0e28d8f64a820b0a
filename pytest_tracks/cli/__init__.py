"""The console command, one command a file."""
