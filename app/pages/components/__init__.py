"""The drawn parts of pages: one file each, with its style sheet and, for the few that need one, its script beside it.

A component gets its state as arguments or by binding, shows it, and reports acts through callbacks. It reads no
database, changes no job and knows no page. What a colour or a state looks like is said once: `tokens.css`,
`state_badge.py`.
"""
