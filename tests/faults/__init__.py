"""Real processes killed while they work: `make test-faults`."""
