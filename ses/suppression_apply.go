package ses

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// suppressionLimits are how a list is written.
type suppressionLimits struct {
	oneByOne    int           // more than that go through import jobs
	partRecords int           // of one import job
	partBytes   int           // of the object that it reads
	poll        time.Duration // between two looks at a job
}

// usualSuppressionLimits are those of SES, which imports up to 100,000 addresses at a time,
// and what bounds the memory: a part is as large as 100,000 addresses of 50 characters.
var usualSuppressionLimits = suppressionLimits{listOneByOne, 100_000, 8 << 20, 10 * time.Second}

// suppressionApply writes what a suppression list lacks: addresses that are missing, and
// those that complained in the source and bounced in the target.
//
// Up to 1,000 addresses, and all of a tenant, are written by PutSuppressedDestination, more
// by import jobs of up to 100,000 addresses, which read objects below s. These are deleted at
// the end, also if something failed, and the next run deletes those of one that was killed:
// for that, one of the addresses is written last, when nothing is staged any more, so that
// until then the list lacks something and whoever plans again finds it. Two runs at a time
// delete what the other has staged, whose jobs then fail. A bucket with versions keeps those
// that are deleted, until a rule of its lifecycle ends them.
//
// A list that got too long for one by one since the plan was made ends in
// [awspatterns.ErrStale] if there is no bucket. Records that SES refused end in an
// [ImportError], or an error that tells how many. An address that complains in the target
// while the list is written may end as a bounce there; the next plan finds it if the source
// has the complaint.
//
// IAM actions: ses:ListSuppressedDestinations in both Regions, ses:PutSuppressedDestination
// in the one that is written to; with a bucket also ses:CreateImportJob, ses:GetImportJob,
// ses:ListImportJobs, s3:PutObject, s3:GetObject, s3:DeleteObject and s3:ListBucket. SES
// reads the objects itself: the policy of the bucket must let ses.amazonaws.com do that.
func (p *pair) suppressionApply(ctx context.Context, step region.Step, s staging, progress func(done int)) error {
	return p.writeSuppression(ctx, step, s, usualSuppressionLimits, progress)
}

// writeSuppression is suppressionApply with limits of one's own.
func (p *pair) writeSuppression(ctx context.Context, step region.Step, s staging, limits suppressionLimits, progress func(done int)) error {
	d, err := differenceOf(step)
	if err != nil {
		return err
	}
	from, to := p.ends(step)
	w := &suppressionWriter{site: to, tenant: d.Tenant, limits: limits, listWriter: listWriter{progress: progress}}
	changed := false
	if s.bucket != "" && d.Tenant == "" {
		w.desk = &importDesk{stagingFolder: suppressionFolder(to, s), poll: limits.poll, imported: w.tell}
		if changed, err = w.desk.settle(ctx); err != nil {
			return err
		}
	}
	target, err := p.targetOf(ctx, step, d.Tenant, changed)
	if err != nil {
		return fmt.Errorf("%s: %w", to.Region, err)
	}
	for page, err := range from.suppressed(ctx, d.Tenant) {
		if err == nil {
			err = w.add(ctx, lacking(target, page))
		}
		if err != nil {
			return w.abandon(ctx, fmt.Errorf("%s to %s: %w", from.Region, to.Region, err))
		}
	}
	return w.finish(ctx)
}

// targetOf returns the list of the target: as the look before found it, unless it changed.
func (p *pair) targetOf(ctx context.Context, step region.Step, tenant string, changed bool) (*listStore[suppressionReason], error) {
	l := p.lookedAt
	p.lookedAt = nil
	if l != nil && !changed && l.tenant == tenant && l.primary == step.Primary {
		return l.target, nil
	}
	return readList(p.at(step.Primary).suppressed(ctx, tenant), suppressionRules, nil)
}

// A suppressionWriter writes addresses: the first ones it keeps, and if more come, all go to
// import jobs.
type suppressionWriter struct {
	*site
	listWriter
	tenant string
	limits suppressionLimits
	desk   *importDesk // nil if there are no import jobs

	kept      []listed[suppressionReason] // to be written one by one
	importing bool
	part      []byte
	records   int
}

func (w *suppressionWriter) add(ctx context.Context, wanted []listed[suppressionReason]) error {
	for i, e := range wanted {
		if !w.importing && w.tenant == "" && len(w.kept) == w.limits.oneByOne {
			if w.desk == nil {
				return fmt.Errorf("more than %d addresses are to be written, and there is no staging bucket: %w", w.limits.oneByOne, awspatterns.ErrStale)
			}
			w.importing = true
			kept := w.kept
			w.kept = kept[:1:1] // is written last
			if err := w.add(ctx, kept[1:]); err != nil {
				return err
			}
		}
		if !w.importing {
			w.kept = append(w.kept, wanted[i])
			continue
		}
		if err := w.stage(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// A suppressionRecord is a line of what import jobs read
// (https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html).
type suppressionRecord struct {
	Address string                         `json:"emailAddress"`
	Reason  sestypes.SuppressionListReason `json:"reason"`
}

// stage adds an address to the part, which is imported when it is full.
func (w *suppressionWriter) stage(ctx context.Context, e listed[suppressionReason]) error {
	line, err := json.Marshal(suppressionRecord{e.address, e.value.name()})
	if err != nil {
		return err
	}
	if w.part == nil {
		w.part = make([]byte, 0, w.limits.partBytes)
	}
	if w.records == w.limits.partRecords || len(w.part)+len(line)+1 > w.limits.partBytes {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.part = append(append(w.part, line...), '\n')
	w.records++
	return nil
}

// flush imports the part.
func (w *suppressionWriter) flush(ctx context.Context) error {
	if w.records == 0 {
		return nil
	}
	err := w.desk.start(ctx, w.part, w.records)
	w.part, w.records = w.part[:0], 0
	return err
}

// abandon ends with an error: what runs is waited for, and nothing stays staged.
func (w *suppressionWriter) abandon(ctx context.Context, err error) error {
	if w.desk == nil {
		return err
	}
	_, left := w.desk.finish(ctx)
	return errors.Join(err, left)
}

// finish writes what is still to be written.
func (w *suppressionWriter) finish(ctx context.Context) error {
	var imports error
	if w.importing {
		if err := w.flush(ctx); err != nil {
			return w.abandon(ctx, err)
		}
		w.part = nil
		deleted := false
		if deleted, imports = w.desk.finish(ctx); !deleted || ctx.Err() != nil {
			return reason.Cause(ctx, cmp.Or(imports, context.Cause(ctx)))
		}
	}
	return errors.Join(imports, w.putAll(ctx))
}

// putAll writes what is kept one by one.
func (w *suppressionWriter) putAll(ctx context.Context) error {
	failed := w.each(len(w.kept), func(i int) error {
		err := w.put(ctx, w.kept[i])
		if err != nil {
			err = fmt.Errorf("%s in %s: %w", maskAddress(w.kept[i].address), w.Region, err)
		}
		return err
	})
	return errors.Join(failed, w.refusals())
}

// put writes an address, over the reason that it may have.
func (w *suppressionWriter) put(ctx context.Context, e listed[suppressionReason]) error {
	in := &sesv2.PutSuppressedDestinationInput{EmailAddress: &e.address, Reason: e.value.name()}
	if w.tenant != "" {
		in.TenantName = &w.tenant
	}
	_, err := w.SES.PutSuppressedDestination(ctx, in, w.turn("PutSuppressedDestination"))
	return err
}
