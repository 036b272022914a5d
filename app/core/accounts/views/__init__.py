"""The pages of accounts: signing in, one's own account, a village's people, officers, support visits."""
