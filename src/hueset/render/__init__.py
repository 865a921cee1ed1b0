"""What people see: pages, reports and the terminal, from the same documents."""
