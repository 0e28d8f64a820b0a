"""Pure: the plan's model and every decision about it. No pytest, paths, clock or environment."""
