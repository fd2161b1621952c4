-- Roles of a private cluster and of the container's database; run once, as superuser, in template1.
CREATE ROLE earthscape LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE earthscape_web LOGIN PASSWORD :'web';
CREATE ROLE earthscape_worker LOGIN PASSWORD :'worker';

ALTER ROLE earthscape_web SET statement_timeout = '5s';
ALTER ROLE earthscape_web SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE earthscape_worker SET statement_timeout = '60s';
ALTER ROLE earthscape_worker SET idle_in_transaction_session_timeout = '120s';

CREATE EXTENSION postgis;
GRANT USAGE, CREATE ON SCHEMA public TO earthscape;
GRANT USAGE ON SCHEMA public TO earthscape_web, earthscape_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE earthscape GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO earthscape_web, earthscape_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE earthscape GRANT USAGE, SELECT ON SEQUENCES TO earthscape_web, earthscape_worker;

CREATE DATABASE earthscape OWNER earthscape;
