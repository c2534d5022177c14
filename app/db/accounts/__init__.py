"""Who may come in: accounts, their sessions and tokens. Secrets are kept as hashes; this room makes and checks none."""

__all__ = ["accounts", "sessions", "tables", "tokens"]
