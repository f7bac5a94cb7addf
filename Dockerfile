# SPDX-License-Identifier: EUPL-1.2
# One image for every part; the command says which. Pin BASE by digest where you build: no image registry could be reached
# where this file was written, so it has not been built there.
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE} AS build
COPY requirements-server.lock /src/
RUN python -m venv /app/venv && /app/venv/bin/pip install --no-cache-dir --require-hashes -r /src/requirements-server.lock

FROM ${BASE}
COPY --from=build /app/venv /app/venv
COPY formats /app/formats
COPY chassis /app/chassis
COPY vault /app/vault
COPY consent /app/consent
COPY gateway /app/gateway
COPY chatbot /app/chatbot
COPY desk /app/desk
COPY portal/*.py /app/portal/
COPY portal/pages /app/portal/pages
COPY portal/static /app/portal/static
COPY portal/web/tokens.txt /app/portal/web/tokens.txt
COPY catalogue /app/catalogue
COPY migrations /app/migrations
COPY administration.py serve.py LICENSE /app/
# Nothing writes there later: what is not compiled here is compiled at each start, which would be a seventh of it.
RUN python -m compileall -q -x /app/venv /app
ENV PATH=/app/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
# The vault's volume is mounted here: a fresh one takes its owner over.
RUN install -d -o 10001 -g 10001 -m 700 /data
USER 10001:10001
EXPOSE 8443
HEALTHCHECK CMD ["python", "-m", "serve", "health"]
ENTRYPOINT ["python", "-m", "serve"]
