-- Connect to workgroup agency in account 444455556666, database dev.
-- Not in a transaction block:
DROP DATABASE "one_db";
-- With the AWS CLI, in the account of workgroup agency in account 444455556666:
--   aws redshift disassociate-data-share-consumer --region eu-west-1 --data-share-arn arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/one --consumer-arn arn:aws:redshift-serverless:eu-west-1:444455556666:namespace/e5e5e5e5-0000-4000-8000-000000000005
-- With the AWS CLI, in the account of cluster etl:
--   aws redshift deauthorize-data-share --region eu-west-1 --data-share-arn arn:aws:redshift:eu-west-1:111122223333:datashare:a1a1a1a1-0000-4000-8000-000000000001/one --consumer-identifier 444455556666

-- Connect to cluster etl, database prod.
REVOKE USAGE ON DATASHARE "one" FROM ACCOUNT '444455556666';
DROP DATASHARE "one";
