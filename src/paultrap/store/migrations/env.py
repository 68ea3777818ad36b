"""Run by Alembic, on the connection and in the transaction that `paultrap.store.schema` has."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=False,  # The transaction is ours to end.
)
context.run_migrations()
