package firewall

import (
	"errors"
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// associate brings together what web ACLs tell of resources, and resources of web
// ACLs. Resources that only web ACLs told of are added.
func (r *regionReader) associate() {
	told := map[string][]string{} // web ACLs, by resource
	for _, w := range r.state.WebACLs {
		for _, resource := range w.Associations {
			told[resource] = append(told[resource], w.ARN)
		}
	}
	listed := map[string]bool{}
	for _, res := range r.state.Resources {
		listed[res.ARN] = true
	}
	for _, resource := range slices.Sorted(maps.Keys(told)) {
		if !listed[resource] {
			r.state.Resources = append(r.state.Resources, r.told(resource))
		}
	}
	for i := range r.state.Resources {
		r.settle(&r.state.Resources[i], told[r.state.Resources[i].ARN])
	}
}

// told returns a resource that nothing but its association with a web ACL is known
// of. Its place is where it was read, which is another Region than that of the ARN
// for Amplify apps: states are merged by what was read where.
func (r *regionReader) told(resource string) retrofit.Resource {
	return retrofit.Resource{ARN: resource, Type: r.kinds[resource], TagsUnread: true, Account: r.account, Region: r.region}
}

// settle tells a resource its web ACL, and its web ACL of it.
func (r *regionReader) settle(res *retrofit.Resource, webACLs []string) {
	if res.WebACL != "" && !slices.Contains(webACLs, res.WebACL) {
		webACLs = append(webACLs, res.WebACL)
		r.protects(res.WebACL, res.ARN)
	}
	switch {
	case len(webACLs) > 1: // a resource has one at a time
		res.WebACL, res.WebACLUnread = "", true
		r.unread("resource "+res.ARN+": web ACL", errors.New("it changed while it was read; read again"))
	case len(webACLs) == 1:
		res.WebACL = webACLs[0]
	case res.Type == retrofit.LoadBalancer:
		res.WebACLUnread = !r.knowsAll(retrofit.LoadBalancer)
	}
	if res.WebACL != "" && isClassic(res.WebACL) {
		r.unread("resource "+res.ARN+": web ACL", errors.New(res.WebACL+" is of AWS WAF Classic, which is not read"))
	}
}

// protects adds a resource to the associations of a web ACL.
func (r *regionReader) protects(webACL, resource string) {
	i := slices.IndexFunc(r.state.WebACLs, func(w retrofit.WebACL) bool { return w.ARN == webACL })
	if i < 0 {
		return
	}
	w := &r.state.WebACLs[i]
	w.Associations = append(w.Associations, resource)
	slices.Sort(w.Associations)
}
