package ses

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

func TestPools(t *testing.T) {
	w, client := serve(t)
	r := w.Region(account, primary)
	type (
		create  = sesv2.CreateDedicatedIpPoolInput
		scaling = sesv2.PutDedicatedIpPoolScalingAttributesInput
	)
	standard, managed, none := aws.String("standard"), aws.String("managed"), aws.String("none")
	run(t, []try{
		{"standard", of(client.CreateDedicatedIpPool, &create{PoolName: standard, Tags: []sestypes.Tag{tag("k", "v")}}), ""},
		{"managed", of(client.CreateDedicatedIpPool, &create{PoolName: managed, ScalingMode: "MANAGED"}), ""},
		{"a name for both modes", of(client.CreateDedicatedIpPool, &create{PoolName: standard, ScalingMode: "MANAGED"}), exists},
		{"of all customers", of(client.CreateDedicatedIpPool, &create{PoolName: aws.String("ses-shared-pool")}), exists},
		{"name", of(client.CreateDedicatedIpPool, &create{PoolName: aws.String("a b")}), bad},
		{"mode", of(client.CreateDedicatedIpPool, &create{PoolName: none, ScalingMode: "AUTO"}), bad},
		{"tags", of(client.CreateDedicatedIpPool, &create{PoolName: none, Tags: []sestypes.Tag{tag("", "")}}), bad},
		{"get", of(client.GetDedicatedIpPool, &sesv2.GetDedicatedIpPoolInput{PoolName: standard}), ""},
		{"get none", of(client.GetDedicatedIpPool, &sesv2.GetDedicatedIpPoolInput{PoolName: none}), missing},
		{"addresses of none", of(client.GetDedicatedIps, &sesv2.GetDedicatedIpsInput{PoolName: none}), missing},
		{"delete none", of(client.DeleteDedicatedIpPool, &sesv2.DeleteDedicatedIpPoolInput{PoolName: none}), missing},
		{"no way back", of(client.PutDedicatedIpPoolScalingAttributes, &scaling{PoolName: managed, ScalingMode: "STANDARD"}), bad},
		{"other mode", of(client.PutDedicatedIpPoolScalingAttributes, &scaling{PoolName: managed, ScalingMode: "AUTO"}), bad},
		{"mode of none", of(client.PutDedicatedIpPoolScalingAttributes, &scaling{PoolName: none, ScalingMode: "MANAGED"}), missing},
		{"as it is", of(client.PutDedicatedIpPoolScalingAttributes, &scaling{PoolName: standard, ScalingMode: "STANDARD"}), ""},
	})
	if got := listed(t, client, r.arn("dedicated-ip-pool/standard")); got != "k=v" {
		t.Errorf("tags %q", got)
	}
	r.AddIPs("standard", 2, 1)
	r.AddIPs("managed", 1, 0)
	if got, want := shownAddresses(t, client, ""), "managed -1 NOT_APPLICABLE, standard 100 DONE, standard 50 IN_PROGRESS"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := shownAddresses(t, client, "managed"), "managed -1 NOT_APPLICABLE"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	must(t, client.DeleteDedicatedIpPool, &sesv2.DeleteDedicatedIpPoolInput{PoolName: managed})
	must(t, client.DeleteDedicatedIpPool, &sesv2.DeleteDedicatedIpPoolInput{PoolName: standard})
	if got, want := shownAddresses(t, client, ""), "ses-default-dedicated-pool 100 DONE, ses-default-dedicated-pool 50 IN_PROGRESS"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestConvertPool(t *testing.T) {
	w, client := serve(t)
	name := aws.String("p")
	must(t, client.CreateDedicatedIpPool, &sesv2.CreateDedicatedIpPoolInput{PoolName: name})
	w.Region(account, primary).AddIPs("p", 1, 1)
	must(t, client.PutDedicatedIpPoolScalingAttributes, &sesv2.PutDedicatedIpPoolScalingAttributesInput{PoolName: name, ScalingMode: "MANAGED"})
	if got := must(t, client.GetDedicatedIpPool, &sesv2.GetDedicatedIpPoolInput{PoolName: name}).DedicatedIpPool.ScalingMode; got != "MANAGED" {
		t.Errorf("got %s", got)
	}
	if got := shownAddresses(t, client, "p"); got != "p -1 NOT_APPLICABLE" {
		t.Errorf("got %s", got)
	}
}

func TestPoolLimit(t *testing.T) {
	_, client := serve(t)
	for i := range 50 {
		must(t, client.CreateDedicatedIpPool, &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String(fmt.Sprint("p", i)), ScalingMode: []sestypes.ScalingMode{"MANAGED", "STANDARD"}[i%2]})
	}
	_, err := client.CreateDedicatedIpPool(t.Context(), &sesv2.CreateDedicatedIpPoolInput{PoolName: aws.String("more")})
	if codeOf(err) != tooMany {
		t.Error(err)
	}
}

func shownAddresses(t *testing.T, client *sesv2.Client, pool string) string {
	t.Helper()
	in := &sesv2.GetDedicatedIpsInput{}
	if pool != "" {
		in.PoolName = &pool
	}
	var all []string
	seen := map[string]bool{}
	for _, ip := range must(t, client.GetDedicatedIps, in).DedicatedIps {
		if seen[*ip.Ip] {
			t.Errorf("%s twice", *ip.Ip)
		}
		seen[*ip.Ip] = true
		all = append(all, fmt.Sprint(*ip.PoolName, " ", *ip.WarmupPercentage, " ", ip.WarmupStatus))
	}
	return strings.Join(all, ", ")
}
