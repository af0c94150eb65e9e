"""Each provider's own client, asked directly: a module a client, and what is read from what it makes."""
