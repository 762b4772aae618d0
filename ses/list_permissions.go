package ses

import "github.com/awspatterns/awspatterns"

// listPermissions returns what comparing and writing suppression lists and contacts needs in
// each Region.
func listPermissions(opts RegionSyncOptions) (primary, secondary awspatterns.Permissions) {
	return awspatterns.Permissions{}, awspatterns.Permissions{}
}
