package ses

import "github.com/awspatterns/awspatterns/ses/region"

// listOneByOne is up to how many entries are written one by one.
const listOneByOne = 1000

// noStaging is why a change that listNeedsStaging is blocked without a bucket.
const noStaging = "the list is written by import jobs, which read objects: give a staging bucket"

// listNeedsStaging tells whether a difference is written by import jobs.
func listNeedsStaging(d region.ListDifference) bool {
	return d.Tenant == "" && d.Missing+d.Different > listOneByOne
}
