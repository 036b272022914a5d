"""Pages of residents' accounts: for residents (access, data) and for staff (accounts)."""
