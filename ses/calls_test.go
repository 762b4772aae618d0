package ses_test

import "github.com/awspatterns/awspatterns/awstest"

// callsIn returns the calls that were made in a Region.
func callsIn(calls []awstest.Call, region string) (there []awstest.Call) {
	for _, c := range calls {
		if c.Region == region {
			there = append(there, c)
		}
	}
	return there
}
