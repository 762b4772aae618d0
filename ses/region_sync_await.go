package ses

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/ses/region"
)

// How long a replica may take to be verified where something needs it, and how often it is
// looked at. AWS gives no figure: "replication can be delayed".
const (
	senderPatience = 10 * time.Minute
	senderPause    = 5 * time.Second
)

// awaitSender waits until mail may be sent from an address, or from a domain: a replica that
// was just made is verified a while later. Without an identity for it, it returns at once,
// and SES says what is wrong.
func (s *site) awaitSender(ctx context.Context, sender string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, senderPatience, errors.New("not within 10 minutes"))
	defer cancel()
	for {
		id, err := s.senderIdentity(ctx, sender)
		switch {
		case err != nil:
			return err
		case id == nil || id.CanSend:
			return nil
		case replicaFailed(id):
			return newReplicaError(id.Name, s.Region, id)
		}
		if err := pace.Sleep(ctx, senderPause); err != nil {
			return errors.Join(newReplicaError(id.Name, s.Region, id), err)
		}
	}
}

// senderIdentity returns the identity of an address: the address itself, its domain, or a
// domain above that; the first that mail may be sent from, or else the first. It is nil if
// there is none.
func (s *site) senderIdentity(ctx context.Context, sender string) (first *region.Identity, err error) {
	_, domain, isAddress := strings.Cut(sender, "@")
	names := []string{sender}
	if !isAddress {
		domain, names = sender, nil
	}
	for ; strings.Contains(domain, "."); _, domain, _ = strings.Cut(domain, ".") {
		names = append(names, domain)
	}
	for _, name := range names {
		id, err := s.readIdentity(ctx, name)
		if err != nil || id != nil && id.CanSend {
			return id, err
		}
		if first == nil {
			first = id
		}
	}
	return first, nil
}
