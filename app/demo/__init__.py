"""`siger demo`: the whole house on one machine, with ten living villages."""
