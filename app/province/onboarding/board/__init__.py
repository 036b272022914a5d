"""The officers' side of applications: the board, decisions, who decides, duplicates, blocked applicants, figures."""
