"""A real survey through the unmodified client, from nothing to results, and everything stopped again."""
