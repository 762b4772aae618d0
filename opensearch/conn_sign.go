package opensearch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// ErrCredentials is in the error of a request that was not sent since there were no
// credentials to sign it with.
var ErrCredentials = errors.New("no credentials")

// A signer signs requests with Signature Version 4.
type signer struct {
	credentials     aws.CredentialsProvider
	v4              *v4.Signer
	service, region string
}

func newSigner(p aws.CredentialsProvider, product Product, region string) *signer {
	if _, ok := p.(*aws.CredentialsCache); !ok {
		p = aws.NewCredentialsCache(p) // a provider may ask STS each time
	}
	service := "es"
	if product == Serverless {
		service = "aoss"
	}
	return &signer{p, v4.NewSigner(), service, region}
}

// sign adds the signature to r, which gets a body with that SHA-256 hash later:
// Serverless refuses signatures over Content-Length
// (https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-clients.html).
func (s *signer) sign(ctx context.Context, r *http.Request, hash string) error {
	credentials, err := s.credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	r.Header.Set("X-Amz-Content-Sha256", hash) // Serverless demands it
	return s.v4.SignHTTP(ctx, credentials, r, hash, s.service, s.region, time.Now())
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// targetOf returns path and query as they are sent. Everything is escaped that may
// be: services that decode the path before they verify the signature then come to
// the same as those that do not.
func targetOf(path string, query url.Values) (string, error) {
	target, err := escapedPath(path)
	if len(query) > 0 {
		target += "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
	}
	return target, err
}

func escapedPath(path string) (string, error) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return "", errors.New("the path does not begin with a slash")
	}
	if strings.ContainsAny(rest, "?#") {
		return "", errors.New("the path has a query: it belongs into Query")
	}
	segments := strings.Split(rest, "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		last := i == len(segments)-1
		switch {
		case err != nil:
			return "", fmt.Errorf("the path is not escaped: %w", err)
		case text == "." || text == "..", text == "" && !last:
			return "", fmt.Errorf("the path has a part %q, which may be taken for another path", text)
		}
		segments[i] = strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	}
	return "/" + strings.Join(segments, "/"), nil
}

// pathOf returns a path of names that are not escaped.
func pathOf(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + url.PathEscape(name))
	}
	return b.String()
}
