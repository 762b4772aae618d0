package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// showAudit tells who may read and write what, and writes the page.
func (s *settings) showAudit(ctx context.Context, w io.Writer, clients redshift.ClientsFunc, d share.Description) error {
	s.sayReading(d)
	result, err := auditOf(ctx, clients, d)
	if err != nil {
		return err
	}
	fmt.Fprint(w, result)
	return s.writePage(w, result)
}

func auditOf(ctx context.Context, clients redshift.ClientsFunc, d share.Description) (share.AuditResult, error) {
	return redshift.ShareAudit(ctx, clients, redshift.ShareAuditOptions{
		Warehouses: d.Warehouses(), AuditOptions: share.AuditOptions{Descriptions: []share.Description{d}},
	})
}

// writePage writes a page, unless there is to be none.
func (s *settings) writePage(w io.Writer, result interface{ WriteHTML(io.Writer) error }) error {
	if s.page == "" {
		return nil
	}
	var b bytes.Buffer
	if err := result.WriteHTML(&b); err != nil {
		return err
	}
	if err := os.WriteFile(s.page, b.Bytes(), 0o666); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nWrote %s: the same with all reasons; open it in a browser\n", printable.Replace(s.page))
	return err
}

// showDrill tells who could still read and write if a warehouse were paused.
func (s *settings) showDrill(ctx context.Context, w io.Writer, clients redshift.ClientsFunc, d share.Description) error {
	paused, err := warehouseNamed(d, s.drill)
	if err != nil {
		return err
	}
	s.sayReading(d)
	result, err := drillOf(ctx, clients, d, paused)
	if err != nil {
		return err
	}
	fmt.Fprint(w, result)
	return s.writePage(w, result)
}

func drillOf(ctx context.Context, clients redshift.ClientsFunc, d share.Description, paused share.Warehouse) (share.DrillResult, error) {
	return redshift.ShareDrill(ctx, clients, redshift.ShareDrillOptions{
		Warehouses: d.Warehouses(), DrillOptions: share.DrillOptions{Paused: paused},
	})
}

// warehouseNamed returns the warehouse that has a name, which several may have in several
// accounts.
func warehouseNamed(d share.Description, name string) (share.Warehouse, error) {
	var found []share.Warehouse
	var all []string
	for _, at := range d.Warehouses() {
		all = append(all, at.String())
		if cmp.Or(at.Cluster, at.Workgroup) == name || at.String() == name {
			found = append(found, at)
		}
	}
	switch len(found) {
	case 0:
		return share.Warehouse{}, fmt.Errorf("-drill %s: the description names no such warehouse; it names %s", name, strings.Join(all, ", "))
	case 1:
		return found[0], nil
	}
	return share.Warehouse{}, fmt.Errorf("-drill %s: there are several; give one of %s", name, strings.Join(all, ", "))
}
