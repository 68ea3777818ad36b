"""PostgreSQL as the store's database: the only package that knows the driver, psycopg."""

from paultrap.store.postgresql.database import PostgresqlDatabase

__all__ = ["PostgresqlDatabase"]
