package ses

import (
	"cmp"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3policy"
	"github.com/awspatterns/awspatterns/ses/region"
)

// listPermissions returns what comparing and writing suppression lists and contacts needs in
// each Region. Both are read in both, also to apply. In the primary only TwoWaySuppression
// writes.
func listPermissions(opts RegionSyncOptions) (primary, secondary awspatterns.Permissions) {
	primary, secondary = listReads(opts), listReads(opts)
	if opts.Covers(region.SuppressionList) {
		addSuppressionWrites(&secondary, opts.StagingBucket, opts.StagingPrefix)
		if opts.TwoWaySuppression {
			addSuppressionWrites(&primary, opts.PrimaryStagingBucket, opts.StagingPrefix)
		}
	}
	if opts.Covers(region.Contacts) {
		primary.Apply = append(primary.Apply, sesAllow(anyList, "GetContact")...)
		secondary.Apply = append(secondary.Apply, sesAllow(anyList, "GetContact", "CreateContact", "UpdateContact")...)
	}
	return primary, secondary
}

// listReads are the reads of planning, which applying repeats.
func listReads(opts RegionSyncOptions) (p awspatterns.Permissions) {
	if opts.Covers(region.SuppressionList) {
		p.Plan = append(p.Plan, sesAllow("*", "ListSuppressedDestinations")...)
	}
	if opts.Covers(region.Contacts) {
		p.Plan = append(p.Plan, sesAllow(anyList, "ListContacts")...)
	}
	p.Apply = slices.Clone(p.Plan)
	if opts.Covers(region.Contacts) && opts.ContactAttributes {
		p.Plan = append(p.Plan, sesAllow(anyList, "GetContact")...)
	}
	return p
}

// addSuppressionWrites adds those of writing a suppression list, with import jobs if there is
// a bucket.
func addSuppressionWrites(p *awspatterns.Permissions, bucket, prefix string) {
	p.Apply = append(p.Apply, sesAllow("*", "PutSuppressedDestination")...)
	if bucket == "" {
		return
	}
	prefix = cmp.Or(prefix, defaultStagingPrefix) + suppressionFolderName
	p.Apply = append(p.Apply, sesAllow("*", "CreateImportJob", "ListImportJobs")...)
	p.Apply = append(p.Apply, sesAllow("import-job/*", "GetImportJob")...)
	p.Apply = append(p.Apply, s3policy.List(bucket, prefix))
	for _, operation := range []string{"PutObject", "GetObject", "DeleteObject"} {
		p.Apply = append(p.Apply, awspatterns.Permission{
			Action: "s3:" + operation, Resources: s3policy.Below(bucket, prefix), Source: s3policy.API + operation + ".html",
		})
	}
	p.Beside = append(p.Beside,
		"the policy of the bucket "+bucket+" must let the principal ses.amazonaws.com get the objects below "+prefix+
			" (https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html)",
		"if a KMS key encrypts the bucket "+bucket+", it must be a customer managed one whose policy lets ses.amazonaws.com do kms:Decrypt,"+
			" and the caller needs kms:GenerateDataKey and kms:Decrypt (https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html)")
}
