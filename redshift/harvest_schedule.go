package redshift

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// OnSchedule is Harvest for a Lambda function that a schedule of EventBridge invokes. The
// event is that of a rule ("Scheduled Event"), whose time is the moment of the harvest, so
// that an event that is delivered twice harvests the same; or that of EventBridge Scheduler
// with the payload {"time":"<aws.scheduler.scheduled-time>"}. An event without a time, such
// as an empty payload, is one of now.
//
// The result tells what was harvested; the error, which makes Lambda repeat the event, is
// that of Harvest. An event that cannot be read is refused.
//
// IAM actions and database privileges: [HarvestPermissions].
func OnSchedule(ctx context.Context, clients ClientsFunc, opts HarvestOptions, event json.RawMessage) (HarvestResult, error) {
	at, err := scheduledTime(event)
	if err != nil {
		return HarvestResult{}, fmt.Errorf("redshift: schedule: %w", err)
	}
	// The clock that made the event may be ahead of ours by a little.
	if now := time.Now(); at.After(now) && at.Before(now.Add(time.Minute)) {
		at = now
	}
	opts.At = at
	return Harvest(ctx, clients, opts)
}

// scheduledTime reads the time of an event, zero if it has none.
func scheduledTime(event []byte) (time.Time, error) {
	if len(event) == 0 {
		return time.Time{}, nil
	}
	var e struct {
		Time string `json:"time"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return time.Time{}, fmt.Errorf("the event is no JSON object: %w", err)
	}
	if e.Time == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, e.Time)
	if err != nil {
		return time.Time{}, fmt.Errorf("the time of the event: %w", err)
	}
	return at, nil
}
