package redshift

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// New returns a World without warehouses.
func New() *World { return &World{superusers: map[string]bool{}} }

// AddCluster adds a provisioned cluster: of ra3.4xlarge nodes with 64 slices, available,
// at version 1.0.78890, where spec does not say otherwise. Its namespace follows from its
// account, Region and name. It has the database dev and the superuser awsuser.
func (w *World) AddCluster(spec Warehouse) *Warehouse {
	spec.Serverless = false
	setDefault(&spec.NodeType, "ra3.4xlarge")
	setDefault(&spec.Status, "available")
	if spec.Slices == 0 {
		spec.Slices = 64
	}
	return w.add(spec, "awsuser")
}

// AddWorkgroup adds a workgroup of Redshift Serverless, with its namespace. Its base
// capacity is 128 RPU if spec does not say otherwise, its superuser admin.
func (w *World) AddWorkgroup(spec Warehouse) *Warehouse {
	spec.Serverless = true
	spec.NodeType, spec.Slices = "", 0
	setDefault(&spec.Status, "AVAILABLE")
	if spec.BaseCapacity == 0 {
		spec.BaseCapacity = 128
	}
	return w.add(spec, "admin")
}

func (w *World) add(spec Warehouse, admin string) *Warehouse {
	setDefault(&spec.Account, "123456789012")
	setDefault(&spec.Region, "eu-central-1")
	setDefault(&spec.Version, "1.0.78890")
	if spec.Namespace == "" {
		spec.Namespace = guid(fmt.Sprintf("%s/%s/%s/%t", spec.Account, spec.Region, spec.Name, spec.Serverless))
	}
	spec.Namespace = strings.ToLower(spec.Namespace)
	if w.Find(spec.Account, spec.Region, spec.Name) != nil {
		panic("there is a warehouse " + spec.Name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	spec.world, spec.catalog = w, newCatalog(admin)
	w.warehouses = append(w.warehouses, &spec)
	return &spec
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// guid returns the GUID that belongs to a text.
func guid(of string) string {
	sum := sha256.Sum256([]byte(of))
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// AddSuperusers names database users, such as "IAMR:admin", that are superusers of every
// warehouse that they connect to.
func (w *World) AddSuperusers(names ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range names {
		w.superusers[name] = true
	}
}

// Warehouses returns all warehouses, in the order in which they were added.
func (w *World) Warehouses() []*Warehouse {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.warehouses)
}

// Find returns the cluster or workgroup of a name, nil if there is none.
func (w *World) Find(account, region, name string) *Warehouse {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, wh := range w.warehouses {
		if wh.Account == account && wh.Region == region && wh.Name == name {
			return wh
		}
	}
	return nil
}

// Spec returns what describes the warehouse, as it is now. Fields such as Status may
// change while others read them.
func (wh *Warehouse) Spec() Warehouse {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	spec := *wh
	spec.world, spec.usage, spec.catalog = nil, usageLog{}, catalog{}
	return spec
}

// NamespaceARN returns the ARN of the namespace of the warehouse.
func (wh *Warehouse) NamespaceARN() string {
	service := "redshift"
	if wh.Serverless {
		service = "redshift-serverless"
	}
	return fmt.Sprintf("arn:aws:%s:%s:%s:namespace%s%s", service, wh.Region, wh.Account, separator(wh.Serverless), wh.Namespace)
}

// separator returns what stands between the word namespace and the GUID in ARNs.
func separator(serverless bool) string {
	if serverless {
		return "/"
	}
	return ":"
}
