-- Connect to cluster etl, database prod.
CREATE DATASHARE "a;b--c" SET PUBLICACCESSIBLE FALSE;
-- With the AWS CLI, in the account of cluster etl:
--   aws redshift authorize-data-share --region eu-west-1 --data-share-arn 'arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/it'\''s "one"' --consumer-identifier 444455556666 --allow-writes
-- With the AWS CLI, in the account of workgroup sales\u000aDROP:
--   aws redshift associate-data-share-consumer --region eu-west-1 --data-share-arn 'arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/it'\''s "one"' --consumer-arn arn:x
GRANT USAGE ON SCHEMA "prod"."s" TO DATASHARE "a;b--c";

-- Connect to workgroup sales\u000aDROP, database dev.
-- Not in a transaction block:
CREATE DATABASE "it's" WITH PERMISSIONS FROM DATASHARE "a;b--c" OF NAMESPACE 'a1a1a1a1-0000-4000-8000-000000000001';
-- Not in a transaction block:
DROP DATABASE "it's";
-- With the AWS CLI, in the account of workgroup sales\u000aDROP:
--   aws redshift disassociate-data-share-consumer --region eu-west-1 --data-share-arn 'arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/it'\''s "one"' --consumer-arn ''
-- With the AWS CLI, in the account of cluster etl:
--   aws redshift deauthorize-data-share --region eu-west-1 --data-share-arn 'arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/it'\''s "one"' --consumer-identifier 444455556666
-- UNKNOWN: Redshift database "a\u000aDROP DATABASE prod;": denied\u000d\u000aDROP DATABASE prod;
--   1. ask\u2028DROP DATABASE prod;
--   2. wait
-- MANUAL: Redshift database "a\u000aDROP DATABASE prod;": denied\u000d\u000aDROP DATABASE prod;
--   1. ask\u2028DROP DATABASE prod;
--   2. wait
-- BLOCKED: Redshift database "a\u000aDROP DATABASE prod;": denied\u000d\u000aDROP DATABASE prod;
--   1. ask\u2028DROP DATABASE prod;
--   2. wait
