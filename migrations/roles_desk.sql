-- SPDX-License-Identifier: EUPL-1.2
-- The desk's roles and database, at the organisation that runs one: see roles.sql. Then `python -m serve migrate-desk`.
CREATE ROLE kluisje_desk_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE ROLE kluisje_desk LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE kluisje_desk OWNER kluisje_desk_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE kluisje_desk FROM PUBLIC;
GRANT CONNECT ON DATABASE kluisje_desk TO kluisje_desk;
