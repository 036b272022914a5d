"""The officers' side of applications: the board, decisions, who decides, duplicates, who is blocked, and the figures."""
