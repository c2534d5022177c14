"""Real processes and a real Valkey, on SQLite or PostgreSQL, spoken to as programs and people do."""
