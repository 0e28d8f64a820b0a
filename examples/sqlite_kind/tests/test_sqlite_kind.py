"""The kind in a plan, as its users see it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

QUERY = "select count(*) from orders where customer is null"


@pytest.fixture
def shop(pytester: pytest.Pytester) -> pytest.Pytester:
    with closing(sqlite3.connect(pytester.path / "shop.sqlite3")) as connection:
        connection.execute("create table orders (customer text)")
        connection.execute("insert into orders values ('ada'), (null)")
        connection.commit()
    (pytester.path / "docs" / "planning").mkdir(parents=True)
    return pytester


def run(shop: pytest.Pytester, *checks: str) -> pytest.RunResult:
    criteria = "".join(f"  - {{text: Sound, sqlite: {{{check}}}}}\n" for check in checks)
    plan = f"tasks:\n- id: A\n  title: Orders\n  acceptance_criteria:\n{criteria}"
    (shop.path / "docs/planning/tracks.yaml").write_text(plan)
    return shop.runpytest_subprocess("--tracks=1", "-n", "0")


def test_a_query_that_finds_it_passes(shop: pytest.Pytester) -> None:
    result = run(shop, f"database: shop.sqlite3, query: {QUERY}, finds: 1")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["A Orders*PASS*", "exit 0: 1 task PASS"])


def test_all_else_fails_and_says_why(shop: pytest.Pytester) -> None:
    failing = {
        f"database: shop.sqlite3, query: {QUERY}, finds: 0": "found '1', not '0'",
        f"database: none.sqlite3, query: {QUERY}, finds: 0": "unable to open database file",
        "database: shop.sqlite3, query: select 1 from x, finds: 1": "no such table: x",
        "database: shop.sqlite3, query: select * from orders, finds: ada": "not find one value",
        "database: shop.sqlite3, query: delete from orders, finds: 0": "readonly database",
    }
    result = run(shop, *failing)
    assert result.ret == 1
    for gap in failing.values():
        assert gap in result.stdout.str()


def test_what_the_plan_gets_wrong_has_its_place(shop: pytest.Pytester) -> None:
    result = run(shop, "database: shop.sqlite3, querry: select 1, finds: 0")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*tracks.yaml:5:*unknown-key*'querry'*did you mean 'query'?*"])
