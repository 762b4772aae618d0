-- database, to a user
GRANT USAGE ON DATABASE "sales_db" TO "IAM:alice@example.com"
-- database, to a role
GRANT CREATE, TEMP, USAGE ON DATABASE "sales_db" TO ROLE "analyst"
-- schema, to a datashare
GRANT CREATE, USAGE ON SCHEMA "prod"."etl" TO DATASHARE "sales_ds"
-- table, to a datashare
GRANT INSERT, SELECT ON TABLE "prod"."etl"."audit" TO DATASHARE "sales_ds"
-- every privilege on a table
GRANT ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE ON TABLE "prod"."etl"."audit" TO ROLE "analyst"
-- function without arguments
GRANT EXECUTE ON FUNCTION "prod"."etl"."f_now"() TO DATASHARE "sales_ds"
-- function with arguments
GRANT EXECUTE ON FUNCTION "prod"."etl"."f"(integer, character varying(20), numeric(10,2), double precision, timestamp with time zone) TO ROLE "analyst"
-- all schemas of a database
GRANT USAGE FOR SCHEMAS IN DATABASE "prod" TO DATASHARE "sales_ds"
-- all tables of a schema
GRANT SELECT FOR TABLES IN SCHEMA "etl" DATABASE "prod" TO ROLE "analyst"
-- all tables of a database
GRANT DELETE, INSERT FOR TABLES IN DATABASE "prod" TO DATASHARE "sales_ds"
-- all functions of a schema
GRANT EXECUTE FOR FUNCTIONS IN SCHEMA "etl" DATABASE "prod" TO "alice"
-- all functions of a database
GRANT EXECUTE FOR FUNCTIONS IN DATABASE "prod" TO DATASHARE "sales_ds"
-- datashare, to a namespace
GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
-- datashare, to an account
GRANT USAGE ON DATASHARE "sales_ds" TO ACCOUNT '111122223333'
-- sharing of a datashare, to a role
GRANT SHARE ON DATASHARE "sales_ds" TO ROLE "steward"
-- table, back from a datashare
REVOKE INSERT ON TABLE "prod"."etl"."audit" FROM DATASHARE "sales_ds"
-- tables, back from a user
REVOKE SELECT FOR TABLES IN SCHEMA "etl" DATABASE "prod" FROM "alice"
-- datashare, back from a namespace
REVOKE USAGE ON DATASHARE "sales_ds" FROM NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
-- names of anything
GRANT SELECT ON TABLE "a ""b"""."c.d"."e\'; DROP" TO "f--/*"
-- role, to a role
GRANT ROLE "writer" TO ROLE "analyst"
-- role, back from a user
REVOKE ROLE "writer" FROM "alice"
-- make a role
CREATE ROLE "analyst"
-- remove a role
DROP ROLE "analyst"
-- make a datashare
CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE FALSE
-- make a datashare for the public
CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE TRUE
-- close a datashare to the public
ALTER DATASHARE "sales_ds" SET PUBLICACCESSIBLE FALSE
-- open a datashare to the public
ALTER DATASHARE "sales_ds" SET PUBLICACCESSIBLE TRUE
-- remove a datashare
DROP DATASHARE "sales_ds"
-- make a database
CREATE DATABASE "sales_db" WITH PERMISSIONS FROM DATASHARE "sales_ds" OF NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
-- make a database of another account's
CREATE DATABASE "sales_db" WITH PERMISSIONS FROM DATASHARE "sales_ds" OF ACCOUNT '111122223333' NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
-- make a database without permissions
CREATE DATABASE "sales_db" FROM DATASHARE "sales_ds" OF NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'
-- remove a database
DROP DATABASE "sales_db"
-- grants on a database
SHOW GRANTS ON DATABASE "sales_db"
-- grants on a schema
SHOW GRANTS ON SCHEMA "sales_db"."etl"
-- grants on a table
SHOW GRANTS ON TABLE "sales_db"."etl"."audit"
-- grants on a function
SHOW GRANTS ON FUNCTION "sales_db"."etl"."f"(integer)
-- grants of a user
SHOW GRANTS FOR "IAMR:analyst" FROM DATABASE "sales_db"
-- grants of a role
SHOW GRANTS FOR ROLE "analyst" FROM DATABASE "sales_db"
-- grants of a role of Redshift
SHOW GRANTS FOR ROLE "ds:sales_ds" FROM DATABASE "prod"
-- setting
SHOW enable_case_sensitive_identifier
-- label
SET query_group TO 'awspatterns-harvest'
-- label of anything
SET query_group TO 'it''s \\ "é"'
