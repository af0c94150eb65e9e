"""What releases of edsl say to a server, read in their source."""
