"""The package that goes to AWS: built, measured, and run here as Lambda would run it."""
