"""What people see: pages rendered on the server, forms that work without a script."""
