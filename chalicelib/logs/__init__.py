"""What Perch tells its operator while it works: lines of JSON, and numbers."""
