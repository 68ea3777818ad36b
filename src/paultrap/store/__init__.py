"""Store: tables, migrations and every statement that reaches the database."""
