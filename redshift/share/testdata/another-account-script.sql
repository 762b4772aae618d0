-- Connect to cluster etl, database prod.
CREATE DATASHARE "one" SET PUBLICACCESSIBLE FALSE;
GRANT USAGE ON SCHEMA "prod"."s0" TO DATASHARE "one";
GRANT INSERT, SELECT FOR TABLES IN SCHEMA "s0" DATABASE "prod" TO DATASHARE "one";
GRANT USAGE ON DATASHARE "one" TO ACCOUNT '444455556666';
-- With the AWS CLI, in the account of cluster etl:
--   aws redshift authorize-data-share --region eu-west-1 --data-share-arn arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/one --consumer-identifier 444455556666 --allow-writes
-- With the AWS CLI, in the account of workgroup agency in account 444455556666:
--   aws redshift associate-data-share-consumer --region eu-west-1 --data-share-arn arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/one --consumer-arn arn:aws:redshift-serverless:eu-west-1:444455556666:namespace/e5e5e5e5-0000-4000-8000-000000000005 --allow-writes

-- Connect to workgroup agency in account 444455556666, database dev.
-- Not in a transaction block:
CREATE DATABASE "one_db" WITH PERMISSIONS FROM DATASHARE "one" OF ACCOUNT '111122223333' NAMESPACE 'a1a1a1a1-0000-4000-8000-000000000001';
GRANT USAGE ON DATABASE "one_db" TO ROLE "writer";
GRANT USAGE ON SCHEMA "one_db"."s0" TO ROLE "writer";
GRANT INSERT FOR TABLES IN SCHEMA "s0" DATABASE "one_db" TO ROLE "writer";
