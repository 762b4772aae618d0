package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

// exampleIdentifiers are what Macie has no identifier for.
func exampleIdentifiers() macie.CustomIdentifiersOptions {
	high := []identifier.SeverityLevel{{Severity: "HIGH", OccurrencesThreshold: 1}}
	return macie.CustomIdentifiersOptions{
		Set:         "macie-scan",
		TestInMacie: true,
		Identifiers: []macie.CustomIdentifier{
			{
				Name:           "IBAN",
				Description:    "International bank account number, of any country",
				Regex:          `[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?`,
				Keywords:       []string{"IBAN"},
				SeverityLevels: []identifier.SeverityLevel{{Severity: "MEDIUM", OccurrencesThreshold: 1}},
				Samples: []identifier.Sample{
					{Text: "IBAN DE89 3704 0044 0532 0130 00", Matches: 1},
					{Text: "DE89 3704 0044 0532 0130 00", Matches: 0},
				},
			},
			{
				Name:           "PASSPORT_MRZ",
				Description:    "Machine readable zone of a passport: two lines of 44 characters",
				Regex:          `[A-Z0-9<]{44}`,
				SeverityLevels: high,
				Samples:        []identifier.Sample{{Text: "L898902C36UTO7408122F1204159ZE184226B<<<<<10", Matches: 1}},
			},
			{
				Name:           "SINGAPORE_NRIC",
				Description:    "Number of a Singapore identity card",
				Regex:          `[STFGM]\d{7}[A-Z]`,
				Keywords:       []string{"Singapore", "Identity Card", "NRIC"},
				SeverityLevels: high,
				Samples: []identifier.Sample{
					{Text: "IDENTITY CARD NO. S1234567D", Matches: 1},
					{Text: "Order S1234567D", Matches: 0},
				},
			},
		},
	}
}

// prepare shows what the scan will read and change, asks where that is somebody's
// account, and sets up the custom identifiers.
func (s *settings) prepare(ctx context.Context, c macie.Clients, w io.Writer) error {
	var plan macie.CustomIdentifiersPlan
	if s.identifiers {
		var err error
		if plan, err = macie.PlanCustomIdentifiers(ctx, c, exampleIdentifiers()); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", plan)
	}
	estimate, err := macie.EstimateScan(ctx, c, s.scan)
	if err != nil {
		return err
	}
	s.showEstimate(w, estimate)
	if err := s.confirm(w, estimate, plan); err != nil || !s.identifiers {
		return err
	}
	applied, err := macie.ApplyCustomIdentifiers(ctx, c, plan)
	if err != nil {
		return err
	}
	for _, i := range exampleIdentifiers().Identifiers {
		s.scan.Identifiers.Custom = append(s.scan.Identifiers.Custom, applied.IDs[i.Name])
	}
	return nil
}

func (s *settings) showEstimate(w io.Writer, e macie.ScanEstimate) {
	source := s.scan.Sources[0]
	fmt.Fprintf(w, "%s in s3://%s/%s: %s to read", count(e.Listed, "object"), source.Bucket, printable.Replace(source.Prefix), count(e.Images, "image"))
	if e.Kept > 0 {
		fmt.Fprintf(w, ", %d whose text is kept", e.Kept)
	}
	if e.Unknown > 0 {
		fmt.Fprintf(w, ", %d of them of unknown length", e.Unknown)
	}
	fmt.Fprintln(w)
	for _, cost := range e.Costs {
		fmt.Fprintf(w, "  %s\n", cost)
	}
	if s.scan.Prices.Page == 0 && e.Pages > 0 {
		fmt.Fprintln(w, "  -price tells what that costs")
	}
	if s.scan.Detector == nil {
		fmt.Fprintln(w, "  Macie charges for the text by the gigabyte, a few kilobytes a page")
	}
}

// confirm asks whether to go on, in somebody's account.
func (s *settings) confirm(w io.Writer, e macie.ScanEstimate, plan macie.CustomIdentifiersPlan) error {
	if !s.aws || s.yes {
		return nil
	}
	changes := ""
	if n := len(plan.Changes); n > 0 {
		changes = fmt.Sprintf(", after %s of custom identifiers", count(n, "change"))
	}
	fmt.Fprintf(w, "\nRead up to %s%s? [y/N] ", count(e.Pages, "page"), changes)
	answer, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was read; -yes does not ask")
}

// scanImages scans, and tells how it goes.
func (s *settings) scanImages(ctx context.Context, c macie.Clients, w io.Writer) (macie.ScanImagesResult, error) {
	fmt.Fprintln(w, "\nScanning")
	opts := s.scan
	opts.Progress = s.progress(w)
	start := time.Now()
	result, err := macie.ScanImages(ctx, c, opts)
	if result.Run != "" {
		fmt.Fprintf(w, "\n%s, in %v\n", result, time.Since(start).Round(100*time.Millisecond))
	}
	return result, err
}

// progress prints a line for each image that somebody may want to look at, for
// each state of a job and, in a long scan, for every few seconds.
func (s *settings) progress(w io.Writer) func(macie.ScanProgress) {
	due := every(5 * time.Second)
	jobs := map[string]string{}
	phase := ""
	return func(p macie.ScanProgress) {
		switch {
		case p.Image != nil && (!s.aws || p.Image.State == macie.StateFinding || p.Image.State == macie.StateFailed):
			fmt.Fprintf(w, "  %-9s %s\n", p.Image.State, printable.Replace(p.Image.Key))
		case p.Job != nil && jobs[p.Job.ID] != p.Job.Status:
			jobs[p.Job.ID] = p.Job.Status
			fmt.Fprintf(w, "  Macie job %s with the text of %s: %s\n", printable.Replace(p.Job.ID), count(p.Job.Images, "image"), p.Job.Status)
		case p.Phase == "waiting" && phase != "waiting":
			fmt.Fprintln(w, "  another process works on this scan: waiting for it")
		case due():
			fmt.Fprintf(w, "  %s: %d listed, %d done, %s read\n", p.Phase, p.Listed, p.Done, count(p.Pages, "page"))
		}
		phase = p.Phase
	}
}

// showPermissions prints what the flags need, without calling anything.
func (s *settings) showPermissions(w io.Writer) error {
	if s.identifiers { // they have no ids yet, but those do not matter
		s.scan.Identifiers.Custom = append(s.scan.Identifiers.Custom, "of this example")
		p := macie.CustomIdentifiersPermissions(exampleIdentifiers())
		fmt.Fprintf(w, "IAM policy for planning custom identifiers:\n%s\n", p.Plan.Document(awspatterns.Target{}))
		fmt.Fprintf(w, "IAM policy for creating them:\n%s\n", p.Apply.Document(awspatterns.Target{}))
	}
	p := macie.ScanImagesPermissions(s.scan)
	if len(p.Plan) == 0 {
		_, err := macie.EstimateScan(context.Background(), macie.Clients{}, s.scan)
		return err // which says what is wrong with the flags, before any call
	}
	fmt.Fprintf(w, "IAM policy for the estimate:\n%s\n", p.Plan.Document(awspatterns.Target{}))
	fmt.Fprintf(w, "IAM policy for the scan, its page and its copies:\n%s", p.Apply.Document(awspatterns.Target{}))
	if s.scan.Detector == nil && s.scan.Export.Bucket == "" {
		fmt.Fprintln(w, "\nIf Macie exports its analysis records, add -export s3://BUCKET/PREFIX: without reading them, no image is proven clean.")
	}
	return nil
}
