"""`siger demo`: the whole house on one machine, with the living villages of two districts."""
