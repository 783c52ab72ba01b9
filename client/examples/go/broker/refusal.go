package broker

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Refusal is why a call failed. Without a reason, the error is not the broker's but of the way there.
type Refusal struct {
	Code       codes.Code
	Message    string
	Reason     string            // an ErrorReason without its prefix
	Metadata   map[string]string // what the reason's comment says
	RetryDelay *time.Duration    // nil unless waiting helps
	Fields     []string          // those that are not as documented
}

// RefusalOf reads the details of an error that a call returned.
func RefusalOf(err error) Refusal {
	told := status.Convert(err)
	refusal := Refusal{Code: told.Code(), Message: told.Message()}
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == "tokenbroker" {
				refusal.Reason, refusal.Metadata = detail.GetReason(), detail.GetMetadata()
			}
		case *errdetails.RetryInfo:
			delay := detail.GetRetryDelay().AsDuration()
			refusal.RetryDelay = &delay
		case *errdetails.BadRequest:
			for _, violation := range detail.GetFieldViolations() {
				refusal.Fields = append(refusal.Fields, violation.GetField())
			}
		}
	}
	return refusal
}

func (r Refusal) String() string {
	what := r.Message
	if len(r.Fields) > 0 {
		what = strings.Join(r.Fields, ", ")
	}
	if r.RetryDelay != nil {
		what += fmt.Sprintf(", try again in %v", r.RetryDelay.Round(100*time.Millisecond))
	}
	reason := r.Reason
	if reason == "" {
		reason = "no reason"
	}
	return fmt.Sprintf("%s %s: %s", CodeName(r.Code), reason, what)
}

// CodeName is a code as the documents spell it.
func CodeName(code codes.Code) string {
	switch code {
	case codes.OK:
		return "OK"
	case codes.Canceled:
		return "CANCELLED"
	}
	var name strings.Builder
	for i, letter := range code.String() {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(letter)
	}
	return strings.ToUpper(name.String())
}
