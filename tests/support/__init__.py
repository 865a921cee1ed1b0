"""What tests share: small projects, stores, servers, and readers of what they answer."""
