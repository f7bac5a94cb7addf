# SPDX-License-Identifier: EUPL-1.2
"""A database on another machine is reached by TLS that checks its name, said in the address, or the start stops (P33)."""

import pytest

from chassis.address import safe_address
from chassis.postgresql import async_url

HERE = [
    "sqlite:////data/vault.sqlite3",
    "postgresql://kluisje_vault@/kluisje_vault",
    "postgresql://kluisje_vault@/kluisje_vault?host=/run/postgresql",
    "postgresql://kluisje_vault@127.0.0.1:6543/kluisje_vault",
    "postgresql+asyncpg://kluisje_vault@localhost/kluisje_vault",
    "postgresql://kluisje_vault@[::1]:5432/kluisje_vault?ssl=disable",
]
SAFE = [
    "postgresql://kluisje_vault@db.example/kluisje_vault?sslmode=verify-full",
    "postgresql://kluisje_vault@db.example/kluisje_vault?ssl=verify-full&passfile=/run/keys/pgpass",
    "postgresql://kluisje_vault@/kluisje_vault?host=a.example:5432&host=b.example:5432&sslmode=verify-full",
]
OPEN = [
    "postgresql://kluisje_vault@db.example/kluisje_vault",
    "postgresql+asyncpg://kluisje_vault@10.0.0.7/kluisje_vault",
    "postgresql://kluisje_vault@[2001:db8::1]:5432/kluisje_vault",
    "postgresql://kluisje_vault@127.0.0.1.example/kluisje_vault",
    "postgresql://kluisje_vault@/kluisje_vault?host=db.example",
    "postgresql://kluisje_vault@localhost/kluisje_vault?host=db.example",
    "postgresql://kluisje_vault@/kluisje_vault?host=/run/postgresql&host=db.example",
    "postgresql://kluisje_vault@/kluisje_vault?host=/run/postgresql,db.example",
    *(
        f"postgresql://kluisje_vault@db.example/kluisje_vault?{word}={mode}"
        for word in ("ssl", "sslmode")
        for mode in ("disable", "allow", "prefer", "require", "verify-ca", "true", "")
    ),
    "postgresql://kluisje_vault@db.example/kluisje_vault?ssl=verify-full&sslmode=disable",
    "postgresql://kluisje_vault@db.example/kluisje_vault?ssl=verify-full&ssl=disable",
    "postgresql://kluisje_vault@/kluisje_vault?dsn=postgresql://db.example/kluisje_vault",
    "postgresql://kluisje_vault@/kluisje_vault?service=elsewhere",
]


@pytest.mark.parametrize("url", [*HERE, *SAFE])
def test_what_nobody_reads_along_on_is_taken_as_it_is(url: str) -> None:
    assert safe_address(url, {}) == url


@pytest.mark.promise("P33")
@pytest.mark.parametrize("url", OPEN)
def test_a_network_without_verified_tls_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="database") as caught:
        safe_address(url, {})
    assert "kluisje_vault@" not in str(caught.value), "an address may hold a password"


@pytest.mark.promise("P33")
@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_no_variable_names_the_server(name: str) -> None:
    with pytest.raises(ValueError, match="host in its address"):
        safe_address("postgresql://kluisje_vault@/kluisje_vault", {name: "db.example"})
    assert safe_address("postgresql://kluisje_vault@127.0.0.1/kluisje_vault", {name: "db.example"})


def test_the_driver_hears_the_mode_by_its_own_word() -> None:
    assert async_url(SAFE[0]) == "postgresql+asyncpg://kluisje_vault@db.example/kluisje_vault?ssl=verify-full"
