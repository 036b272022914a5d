"""What tests share: servers, visitors, factories."""
