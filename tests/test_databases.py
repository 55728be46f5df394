"""The databases that the other tests run on are what they are taken for."""

from sqlalchemy import create_engine, inspect, text

from quizengine.database import Base, newest_migration


def test_a_test_gets_a_migrated_database_of_its_own(database_url):
    import quizengine.all_tables  # noqa: F401  fills the metadata

    engine = create_engine(database_url)
    with engine.begin() as connection:
        found = connection.scalar(text("select version_num from alembic_version"))
        assert found == newest_migration()
        assert connection.scalar(text("select count(*) from job")) == 0
        connection.execute(text("create table left_behind (id integer)"))
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    assert set(Base.metadata.tables) <= tables


def test_the_next_test_does_not_see_what_the_last_one_left(database_url):
    engine = create_engine(database_url)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    assert "left_behind" not in tables


def test_the_migrations_make_exactly_the_tables_of_the_program(database_url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import quizengine.all_tables  # noqa: F401

    engine = create_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []
