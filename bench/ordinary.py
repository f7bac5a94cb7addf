# SPDX-License-Identifier: EUPL-1.2
"""The yardstick: the same read as one would ordinarily write it. FastAPI endpoint, ORM, response_model, a commit per
request for the proof and one for the audit row; the same checks of token and proof by joserfc as it comes; SQLite FULL.

It has no Merkle log, no permit and no group commit. Run by bench only.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel
from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from formats.spelling import H, thumbprint


class Base(DeclarativeBase):
    pass


class GrantRow(Base):
    __tablename__ = "grants"
    id: Mapped[str] = mapped_column(primary_key=True)
    team: Mapped[str]
    drawer: Mapped[str]
    starts: Mapped[int]
    ends: Mapped[int]
    stopped: Mapped[bool]


class RecordRow(Base):
    __tablename__ = "records"
    id: Mapped[str] = mapped_column(primary_key=True)
    grant: Mapped[str] = mapped_column(ForeignKey("grants.id"), index=True)
    version: Mapped[int]
    jwe: Mapped[str]


class ProofRow(Base):
    __tablename__ = "proofs"
    jkt: Mapped[str] = mapped_column(primary_key=True)
    jti: Mapped[str] = mapped_column(primary_key=True)


class LookRow(Base):
    __tablename__ = "looks"
    id: Mapped[int] = mapped_column(primary_key=True)
    grant: Mapped[str]
    at: Mapped[int]
    outcome: Mapped[str]


class SealedOut(BaseModel):
    id: str
    version: int
    jwe: str


class AnswerOut(BaseModel):
    grant: str
    sealed: list[SealedOut]
    next: str | None


def application(database: str, issuer_key: dict[str, Any], origin: str) -> FastAPI:
    """The ordinary server over one SQLite file."""
    engine = create_engine(f"sqlite:///{database}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _durable(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA busy_timeout=5000")

    Base.metadata.create_all(engine)
    app = FastAPI()
    trusted = ECKey.import_key(issuer_key)

    def session() -> Iterator[Session]:
        with Session(engine) as opened:
            yield opened

    def caller(request: Request, db: Annotated[Session, Depends(session)]) -> dict[str, Any]:
        token = request.headers["authorization"].removeprefix("DPoP ")
        proof = request.headers["dpop"]
        claims = jwt.decode(token, trusted, algorithms=["ES256"]).claims
        header = jwt.decode(proof, lambda o: ECKey.import_key(o.headers()["jwk"]), algorithms=["ES256"])
        now = int(time.time())
        good = (
            claims["exp"] > now
            and header.claims["htm"] == request.method
            and header.claims["htu"] == origin + request.url.path
            and abs(now - header.claims["iat"]) <= 60
            and header.claims["ath"] == H(token)
            and thumbprint(header.header["jwk"]) == claims["cnf"]["jkt"]
        )
        if not good:
            raise HTTPException(401)
        db.add(ProofRow(jkt=claims["cnf"]["jkt"], jti=header.claims["jti"]))
        try:
            db.commit()
        except IntegrityError as error:
            raise HTTPException(401) from error
        return dict(claims)

    @app.get("/grants/{grant}/records", response_model=AnswerOut)
    def read(
        grant: str, who: Annotated[dict[str, Any], Depends(caller)], db: Annotated[Session, Depends(session)]
    ) -> Any:
        now = int(time.time())
        row = db.get(GrantRow, grant)
        allowed = row is not None and row.team == who["team"] and row.starts <= now < row.ends and not row.stopped
        db.add(LookRow(grant=grant, at=now, outcome="read" if allowed else "refused"))
        db.commit()
        if not allowed:
            raise HTTPException(403)
        records = db.scalars(select(RecordRow).where(RecordRow.grant == grant)).all()
        return {"grant": grant, "sealed": records, "next": None}

    return app


def fill(database: str, grant: str, team: str, records: list[tuple[str, int, str]]) -> None:
    """One grant with its sealed records."""
    engine = create_engine(f"sqlite:///{database}")
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        db.add(GrantRow(id=grant, team=team, drawer="d", starts=0, ends=2**40, stopped=False))
        db.flush()
        db.add_all(RecordRow(id=rid, grant=grant, version=version, jwe=jwe) for rid, version, jwe in records)
        db.commit()


def main() -> None:
    """`python -m bench.ordinary DATABASE ISSUER_JWK_FILE PORT`"""

    database, key, port = sys.argv[1], json.loads(Path(sys.argv[2]).read_text()), int(sys.argv[3])
    if "KLUISJE_CORE" in os.environ:
        os.sched_setaffinity(0, {int(os.environ["KLUISJE_CORE"])})
    app = application(database, key, f"http://127.0.0.1:{port}")
    uvicorn.run(app, port=port, log_level="warning", http="httptools", access_log=False)


if __name__ == "__main__":
    main()
