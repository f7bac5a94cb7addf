-- SPDX-License-Identifier: EUPL-1.2
-- Roles and databases of Kluisje on PostgreSQL: `psql -f migrations/roles.sql` as a superuser, once. Running it again
-- fails on what is there and changes nothing. Each component has
--   an owner (kluisje_<part>_owner), who makes and changes tables: for `python -m serve migrate` and `move` only;
--   a role of its own (kluisje_<part>), which owns nothing: `migrate` grants it what it needs, table by table.
-- No role can read another component's database. A desk is an organisation's own, better on a server of its own.
-- A role comes in with its certificate (deploy/postgresql), or with a password set apart: \password kluisje_vault.
CREATE ROLE kluisje_vault_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_vault LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_consent_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_consent LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_gateway_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_gateway LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_desk_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_desk LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE kluisje_vault OWNER kluisje_vault_owner ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE kluisje_consent OWNER kluisje_consent_owner ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE kluisje_gateway OWNER kluisje_gateway_owner ENCODING 'UTF8' TEMPLATE template0;
CREATE DATABASE kluisje_desk OWNER kluisje_desk_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE kluisje_vault, kluisje_consent, kluisje_gateway, kluisje_desk FROM PUBLIC;
GRANT CONNECT ON DATABASE kluisje_vault TO kluisje_vault;
GRANT CONNECT ON DATABASE kluisje_consent TO kluisje_consent;
GRANT CONNECT ON DATABASE kluisje_gateway TO kluisje_gateway;
GRANT CONNECT ON DATABASE kluisje_desk TO kluisje_desk;
