"""Sources to tables to layers to an edition: all that touches files and the database."""
