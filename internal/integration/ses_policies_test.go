package integration_test

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// sesDeclares are the policies of the patterns of package ses, in each Region, with all that
// options can add.
func sesDeclares() (declared []declaredPolicy) {
	add := func(name string, p awspatterns.Permissions) {
		declared = append(declared, declaredPolicy{"ses " + name + ", planning", p.Plan, true}, declaredPolicy{"ses " + name, p.Apply, false})
	}
	both := func(name string, primary, secondary awspatterns.Permissions) {
		add(name+", primary", primary)
		add(name+", secondary", secondary)
	}
	reads := func(name string, all ...awspatterns.Permissions) {
		for _, p := range all {
			declared = append(declared, declaredPolicy{"ses " + name, p.Apply, true})
		}
	}
	sync := ses.RegionSyncOptions{
		Options: region.Options{
			MailFrom: map[string]string{"example.com": "bounce-eu.example.com"}, Adopt: true, Delete: true, ConvertToReplica: true,
			ManagedPools: true, ReplicationPolicy: true, TwoWaySuppression: true,
		},
		ContactAttributes: true, StagingBucket: "staging", PrimaryStagingBucket: "staging-primary",
	}
	p, s := ses.RegionSyncPermissions(sync)
	both("RegionSync", p, s)
	p, s = ses.ReplicaPermissions(ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true, Convert: true, Adopt: true, ConfigurationSet: "news"})
	both("Replica", p, s)
	p, s = ses.ReplicaRemovalPermissions(ses.ReplicaRemovalOptions{Identities: []string{"example.com"}, Policy: true, Adopt: true, DeleteParents: true})
	both("ReplicaRemoval", p, s)
	p, s = ses.GlobalEndpointPermissions(ses.GlobalEndpointOptions{Name: "mail", Replace: true, Adopt: true})
	both("GlobalEndpoint", p, s)
	p, s = ses.LimitsPermissions(ses.LimitsOptions{})
	both("Limits", p, s)
	add("ManagedIPs", ses.ManagedIPsPermissions(ses.ManagedIPsOptions{
		Pool: "managed", ConfigurationSet: "news", Identities: []string{"example.com"}, ConvertStandard: true, Adopt: true,
	}))
	add("ManagedIPs, removal", ses.ManagedIPsPermissions(ses.ManagedIPsOptions{Pool: "managed", Remove: true}))
	p, s = ses.ReadinessPermissions(ses.ReadinessOptions{ContactAttributes: true})
	reads("CheckReadiness", p, s)
	p, s = ses.FailoverDrillPermissions(ses.FailoverDrillOptions{})
	reads("FailoverDrill", p, s)
	reads("ManagedIPReport", ses.ManagedIPReportPermissions(ses.ManagedIPReportOptions{}))
	p, s = ses.SenderPermissions(ses.SenderOptions{EndpointID: "abcdef12.g3h", Fallback: true, Identities: []string{"example.com"}, ConfigurationSets: []string{"news"}, Templates: []string{"welcome"}})
	declared = append(declared, declaredPolicy{"ses Sender, primary", p.Apply, false}, declaredPolicy{"ses Sender, secondary", s.Apply, false})
	return declared
}
