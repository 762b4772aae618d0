package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

//go:embed anycompany.json
var anyCompanyJSON []byte

func (s *settings) run(ctx context.Context, w io.Writer) error {
	switch {
	case s.example:
		_, err := w.Write(anyCompanyJSON)
		return err
	case !s.aws:
		return s.demonstrate(ctx, w)
	}
	opts, err := s.options()
	if err != nil {
		return err
	}
	if s.permissions {
		s.showPermissions(w, opts)
		return nil
	}
	at, err := s.connect(ctx)
	if err != nil {
		return err
	}
	if opts.Usage, err = s.archive(at); err != nil {
		return err
	}
	if s.harvest {
		return s.showHarvest(ctx, w, at.clients, opts)
	}
	return s.showBill(ctx, w, at.clients, opts)
}

// options are those of the bill, without the archive.
func (s *settings) options() (opts redshift.ChargebackOptions, err error) {
	text, err := os.ReadFile(s.file)
	if err != nil {
		return opts, err
	}
	if opts.Description, err = parseDescription(text); err != nil {
		return opts, fmt.Errorf("%s: %w", s.file, err)
	}
	opts.Period, err = s.period(time.Now())
	return opts, err
}

// parseDescription refuses fields that it does not know: under a mistyped name, a rule would
// be one that there is not.
func parseDescription(text []byte) (d chargeback.Description, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return d, err
	}
	if decoder.More() {
		return d, fmt.Errorf("something stands behind the description, at byte %d", decoder.InputOffset())
	}
	return d, nil
}

// archive is where -usage says; none without it.
func (s *settings) archive(at account) (chargeback.Archive, error) {
	name, inS3 := strings.CutPrefix(s.usage, "s3://")
	if s.usage == "" {
		return chargeback.Archive{}, nil
	}
	if !inS3 {
		return chargeback.Archive{Store: chargeback.NewFolder(s.usage)}, nil
	}
	bucket, prefix, _ := strings.Cut(name, "/")
	store, err := redshift.NewUsageBucket(at.bucket, bucket, prefix, redshift.UsageBucketOptions{})
	return chargeback.Archive{Store: store}, err
}

func (s *settings) showPermissions(w io.Writer, opts redshift.ChargebackOptions) {
	p := redshift.ChargebackPermissions(opts)
	if s.harvest {
		p = redshift.HarvestPermissions(redshift.HarvestOptions{Warehouses: warehouses(opts.Description)})
	}
	if s.reconcile {
		p.Apply = append(p.Apply, redshift.ReconcilePermissions(redshift.ReconcileOptions{}).Apply...)
	}
	fmt.Fprintf(w, "IAM policy:\n%s\nBeside IAM:\n", p.Apply.Document(awspatterns.Target{}))
	for _, line := range p.Beside {
		fmt.Fprintln(w, "-", line)
	}
}

func warehouses(d chargeback.Description) (all []share.Warehouse) {
	for _, one := range d.Warehouses {
		all = append(all, one.Warehouse)
	}
	return all
}

func (s *settings) showHarvest(ctx context.Context, w io.Writer, c redshift.Clients, opts redshift.ChargebackOptions) error {
	result, err := redshift.Harvest(ctx, c.Only(), redshift.HarvestOptions{Warehouses: warehouses(opts.Description), Usage: opts.Usage})
	for _, h := range result.Warehouses {
		fmt.Fprintln(w, harvestLine(h))
	}
	return err
}

// harvestLine tells what was harvested of a warehouse.
func harvestLine(h redshift.HarvestedWarehouse) string {
	name := printable.Replace(h.Warehouse.String())
	switch {
	case h.Error != "":
		return fmt.Sprintf("%-24s not harvested: %s", name, printable.Replace(h.Error))
	case h.Skipped != "":
		return fmt.Sprintf("%-24s %s", name, h.Skipped)
	}
	text := fmt.Sprintf("%-24s until %s: %d new queries, %d new minutes", name, h.Interval.To.Format("2006-01-02 15:04"),
		h.Tables[chargeback.Queries].Added, h.Tables[chargeback.Minutes].Added)
	for table, why := range h.Denied {
		text += fmt.Sprintf("; %s not read: %s", table, printable.Replace(why))
	}
	return text
}

func (s *settings) showBill(ctx context.Context, w io.Writer, c redshift.Clients, opts redshift.ChargebackOptions) error {
	result, err := redshift.Chargeback(ctx, c, opts)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, result.Bill)
	if s.reconcile {
		compared, err := redshift.Reconcile(ctx, c, redshift.ReconcileOptions{Bill: result.Bill, TagKey: s.tag})
		if err != nil {
			return err
		}
		fmt.Fprintln(w, compared)
	}
	return s.write(w, result.Bill)
}

// write writes the files.
func (s *settings) write(w io.Writer, b chargeback.Bill) error {
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{s.page, b.WriteHTML},
		{s.csv, b.WriteCSV},
		{s.focus, func(w io.Writer) error { return b.WriteFOCUS(w, chargeback.FOCUSOptions{BillingAccount: s.payer}) }},
	} {
		if f.name == "" || f.name == s.focus && s.payer == "" {
			continue
		}
		var buffer bytes.Buffer
		if err := f.write(&buffer); err != nil {
			return err
		}
		if err := os.WriteFile(f.name, buffer.Bytes(), 0o644); err != nil {
			return err
		}
		fmt.Fprintln(w, "wrote", f.name)
	}
	return nil
}
