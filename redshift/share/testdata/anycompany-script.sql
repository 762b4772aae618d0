-- Connect to cluster etl, database prod.
CREATE DATASHARE "marketing_ds" SET PUBLICACCESSIBLE FALSE;
GRANT USAGE ON SCHEMA "prod"."etl" TO DATASHARE "marketing_ds";
GRANT USAGE ON SCHEMA "prod"."marketing" TO DATASHARE "marketing_ds";
GRANT ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE FOR TABLES IN SCHEMA "marketing" DATABASE "prod" TO DATASHARE "marketing_ds";
GRANT INSERT, SELECT ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "marketing_ds";
GRANT USAGE ON DATASHARE "marketing_ds" TO NAMESPACE 'c3c3c3c3-0000-4000-8000-000000000003';
CREATE DATASHARE "sales_ds" SET PUBLICACCESSIBLE FALSE;
GRANT USAGE ON SCHEMA "prod"."etl" TO DATASHARE "sales_ds";
GRANT USAGE ON SCHEMA "prod"."sales" TO DATASHARE "sales_ds";
GRANT ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE FOR TABLES IN SCHEMA "sales" DATABASE "prod" TO DATASHARE "sales_ds";
GRANT INSERT, SELECT ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds";
GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE 'b2b2b2b2-0000-4000-8000-000000000002';

-- Connect to workgroup marketing, database dev.
-- Not in a transaction block:
CREATE DATABASE "marketing_db" WITH PERMISSIONS FROM DATASHARE "marketing_ds" OF NAMESPACE 'a1a1a1a1-0000-4000-8000-000000000001';
GRANT USAGE ON DATABASE "marketing_db" TO ROLE "campaigns";
GRANT USAGE ON SCHEMA "marketing_db"."etl" TO ROLE "campaigns";
GRANT USAGE ON SCHEMA "marketing_db"."marketing" TO ROLE "campaigns";
GRANT DELETE, INSERT, SELECT, TRUNCATE, UPDATE FOR TABLES IN SCHEMA "marketing" DATABASE "marketing_db" TO ROLE "campaigns";
GRANT INSERT, SELECT ON TABLE "marketing_db"."etl"."etl_audit_logs" TO ROLE "campaigns";

-- Connect to workgroup sales, database dev.
-- Not in a transaction block:
CREATE DATABASE "sales_db" WITH PERMISSIONS FROM DATASHARE "sales_ds" OF NAMESPACE 'a1a1a1a1-0000-4000-8000-000000000001';
GRANT USAGE ON DATABASE "sales_db" TO ROLE "sales_etl";
GRANT USAGE ON DATABASE "sales_db" TO "IAMR:analyst";
GRANT USAGE ON SCHEMA "sales_db"."etl" TO ROLE "sales_etl";
GRANT USAGE ON SCHEMA "sales_db"."sales" TO ROLE "sales_etl";
GRANT DELETE, INSERT, SELECT, TRUNCATE, UPDATE FOR TABLES IN SCHEMA "sales" DATABASE "sales_db" TO ROLE "sales_etl";
GRANT INSERT, SELECT ON TABLE "sales_db"."etl"."etl_audit_logs" TO ROLE "sales_etl";
GRANT USAGE ON SCHEMA "sales_db"."sales" TO "IAMR:analyst";
GRANT SELECT FOR TABLES IN SCHEMA "sales" DATABASE "sales_db" TO "IAMR:analyst";
