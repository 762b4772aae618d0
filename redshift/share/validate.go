package share

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Validate refuses a description that cannot be made, whatever is found. The error joins
// one for each defect, which names its place, such as datashares[0].schemas[1].tables[0],
// and the fix. A datashare may be empty: dropping it with its last object would take the
// consumers' databases away. So may the whole description, which takes all away that was
// made of earlier ones.
func (d Description) Validate() error {
	v := &validator{}
	v.warehouse("producer", d.Producer)
	if d.Producer.Database == "" {
		v.bad("producer.database", "empty: name the database whose objects are shared")
	}
	names := v.names("datashare")
	databases, warehouses := map[string]string{}, map[string]Warehouse{}
	for i, ds := range d.Datashares {
		at := fmt.Sprintf("datashares[%d]", i)
		names.add(at, ds.Name, redshiftsql.CheckIdentifier("datashare", ds.Name))
		v.objects(at, ds.Objects)
		v.consumers(at, d.Producer, ds)
		v.databases(at, ds.Consumers, databases)
		v.alike(at, ds.Consumers, warehouses)
	}
	if len(v.errs) == 0 {
		return nil
	}
	return fmt.Errorf("share: description: %w", errors.Join(v.errs...))
}

type validator struct{ errs []error }

func (v *validator) bad(path, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...)))
}

func (v *validator) check(path string, err error) {
	if err != nil {
		v.bad(path, "%w", err)
	}
}

// names finds defects among names that are to be different.
func (v *validator) names(of string) *names {
	return &names{validator: v, of: of, seen: map[string]string{}}
}

type names struct {
	*validator
	of   string
	seen map[string]string // path by folded name
}

// add checks a name. Two that differ in the case of letters are refused, too: unless
// enable_case_sensitive_identifier is on, they are one.
func (n *names) add(path, name string, err error) { n.addAs(path, name, redshiftsql.Fold(name), err) }

func (n *names) addAs(path, name, folded string, err error) {
	n.check(path, err)
	if first, twice := n.seen[folded]; twice && err == nil {
		n.bad(path, "%s %q is there twice, or differs only in the case of letters: it is %s, too; make them one", n.of, name, first)
	}
	setOnce(n.seen, folded, path)
}

// Names of clusters and workgroups: ClusterIdentifier of CreateCluster and workgroupName
// of CreateWorkgroup in the API references of Amazon Redshift and Redshift Serverless.
var (
	clusterName   = regexp.MustCompile(`^[a-z](-?[a-z0-9]){0,62}$`)
	workgroupName = regexp.MustCompile(`^[a-z0-9-]{3,64}$`)
	regionName    = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
)

func (v *validator) warehouse(path string, w Warehouse) {
	switch {
	case w.Cluster == "" && w.Workgroup == "":
		v.bad(path, "neither cluster nor workgroup: name one")
	case w.Cluster != "" && w.Workgroup != "":
		v.bad(path, "both a cluster, %q, and a workgroup, %q: leave one out", w.Cluster, w.Workgroup)
	case w.Cluster != "" && !clusterName.MatchString(w.Cluster):
		v.bad(path+".cluster", "%q: not the identifier of a cluster: up to 63 lower-case letters, digits and single hyphens, a letter first", w.Cluster)
	case w.Workgroup != "" && !workgroupName.MatchString(w.Workgroup):
		v.bad(path+".workgroup", "%q: not the name of a workgroup: 3 to 64 lower-case letters, digits and hyphens", w.Workgroup)
	}
	if w.Account != "" {
		v.check(path+".account", redshiftsql.CheckAccount(w.Account))
	}
	if w.Region != "" && !regionName.MatchString(w.Region) {
		v.bad(path+".region", "%q: not a Region such as eu-central-1", w.Region)
	}
	if w.Database != "" {
		v.check(path+".database", redshiftsql.CheckIdentifier("database", w.Database))
	}
	v.login(path, w)
}

func (v *validator) login(path string, w Warehouse) {
	if w.User == "" {
		return
	}
	v.check(path+".user", redshiftsql.CheckUser(w.User))
	if w.Secret != "" {
		v.bad(path+".user", "there is a secret, too, which has the user: leave one out")
	}
	if w.Workgroup != "" {
		v.bad(path+".user", "only clusters give credentials for a user by name: for a workgroup, name a secret, or leave it out to be who the IAM identity is")
	}
}
