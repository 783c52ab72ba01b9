// Command conformance does what the cases of client/library/src/test/conformance say; its README has
// the protocol.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"tokenbroker.example/broker"
	pb "tokenbroker.example/gen/tokenbroker/v1"
)

type object = map[string]any

type order struct {
	Do, Endpoint, CA, Cert, Key, Token string
	Call, Method                       string
	Request                            json.RawMessage
	Timeout                            float64 // seconds
	Turns, Window                      int
}

// call is open: read brings its next message, or io.EOF at its end.
type call struct {
	read   func() (proto.Message, error)
	cancel context.CancelFunc
}

type runner struct {
	connection *grpc.ClientConn
	client     pb.TokenBrokerClient
	calls      map[string]call
	supplies   map[string]func() (*pb.Turn, error, bool)
	stops      map[string]func()
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	var runner runner
	for lines.Scan() {
		var told order
		err := json.Unmarshal(lines.Bytes(), &told)
		answer := object{}
		if err == nil {
			answer, err = runner.obey(told)
		}
		if err != nil {
			answer = object{"error": err.Error()}
		}
		line, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}

func (r *runner) obey(told order) (object, error) {
	switch told.Do {
	case "connect":
		return object{}, r.connect(told)
	case "open":
		opened, err := r.open(told)
		r.calls[told.Call] = opened
		return object{}, err
	case "read":
		return seen(r.calls[told.Call].read())
	case "cancel":
		if stop, there := r.stops[told.Call]; there {
			stop()
		} else {
			r.calls[told.Call].cancel()
		}
		return object{}, nil
	case "supply":
		var request pb.StreamTokensRequest
		if err := protojson.Unmarshal(told.Request, &request); err != nil {
			return nil, err
		}
		turns := broker.Supply(context.Background(), r.client, request.GetAccount(), told.Window)
		r.supplies[told.Call], r.stops[told.Call] = iter.Pull2(turns)
		return object{}, nil
	case "take":
		return r.take(told)
	case "print":
		opened, err := r.open(told)
		if err != nil {
			return nil, err
		}
		message, err := opened.read()
		if err != nil {
			return nil, err
		}
		return object{"safe": broker.Redacted(message).String(), "raw": fmt.Sprint(message)}, nil
	}
	return nil, fmt.Errorf("no such order: %s", told.Do)
}

func (r *runner) connect(told order) (err error) {
	if r.connection != nil {
		r.connection.Close()
	}
	*r = runner{
		calls:    map[string]call{},
		supplies: map[string]func() (*pb.Turn, error, bool){},
		stops:    map[string]func(){},
	}
	options := broker.Options{Endpoint: told.Endpoint, CA: told.CA, Cert: told.Cert, Key: told.Key}
	if told.Token != "" {
		file, err := os.CreateTemp("", "token")
		if err != nil {
			return err
		}
		defer file.Close()
		if _, err := file.WriteString(told.Token + "\n"); err != nil {
			return err
		}
		options.TokenFile = file.Name()
	}
	r.connection, err = broker.Connect(options)
	r.client = pb.NewTokenBrokerClient(r.connection)
	return err
}

func (r *runner) open(told order) (call, error) {
	c := r.client
	switch told.Method {
	case "NextToken":
		return unary(told, c.NextToken)
	case "NextTokens":
		return unary(told, c.NextTokens)
	case "RequestTurns":
		return unary(told, c.RequestTurns)
	case "ReportOutcome":
		return unary(told, c.ReportOutcome)
	case "AcquireLease":
		return unary(told, c.AcquireLease)
	case "RenewLease":
		return unary(told, c.RenewLease)
	case "ReleaseLease":
		return unary(told, c.ReleaseLease)
	case "StreamTokens":
		return stream(told, c.StreamTokens)
	case "StreamLeases":
		return stream(told, c.StreamLeases)
	case "WatchAccount":
		return stream(told, c.WatchAccount)
	}
	return call{}, fmt.Errorf("no such method: %s", told.Method)
}

// message is a generated message of the type M.
type message[M any] interface {
	*M
	proto.Message
}

func parsed[Q any, PQ message[Q]](told order) (context.Context, context.CancelFunc, PQ, error) {
	seconds := told.Timeout
	if seconds == 0 {
		seconds = 60
	}
	timeout := time.Duration(seconds * float64(time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	request := PQ(new(Q))
	return ctx, cancel, request, protojson.Unmarshal(told.Request, request)
}

func unary[Q, A any, PQ message[Q], PA message[A]](
	told order, method func(context.Context, PQ, ...grpc.CallOption) (PA, error)) (call, error) {
	ctx, cancel, request, err := parsed[Q, PQ](told)
	type answer struct {
		message PA
		err     error
	}
	answers := make(chan answer, 1)
	go func() {
		message, err := method(ctx, request)
		answers <- answer{message, err}
	}()
	return call{func() (proto.Message, error) {
		a := <-answers
		return a.message, a.err
	}, cancel}, err
}

func stream[Q, A any, PQ message[Q], PA message[A]](
	told order, method func(context.Context, PQ, ...grpc.CallOption) (grpc.ServerStreamingClient[A], error)) (call, error) {
	ctx, cancel, request, err := parsed[Q, PQ](told)
	if err != nil {
		return call{}, err
	}
	opened, opening := method(ctx, request)
	return call{func() (proto.Message, error) {
		if opening != nil {
			return nil, opening
		}
		answer, err := opened.Recv()
		return PA(answer), err
	}, cancel}, nil
}

func (r *runner) take(told order) (object, error) {
	var turns []any
	for range told.Turns {
		turn, err, more := r.supplies[told.Call]()
		if err != nil || !more {
			return nil, errors.Join(err, errors.New("the supply has ended"))
		}
		turns = append(turns, asJSON(turn))
	}
	return object{"message": object{"turns": turns}}, nil
}

func seen(message proto.Message, err error) (object, error) {
	if err == nil {
		return object{"message": asJSON(message)}, nil
	}
	if errors.Is(err, io.EOF) {
		return object{"status": object{"code": "OK"}}, nil
	}
	refusal := broker.RefusalOf(err)
	told := object{"code": broker.CodeName(refusal.Code), "message": refusal.Message}
	if refusal.Reason != "" {
		// else there would be no reason
		told["error_info"] = object{
			"reason": refusal.Reason, "domain": "tokenbroker", "metadata": refusal.Metadata,
		}
	}
	if refusal.RetryDelay != nil {
		told["retry_delay"] = refusal.RetryDelay.Seconds()
	}
	if refusal.Fields != nil {
		var violations []object
		for _, field := range refusal.Fields {
			violations = append(violations, object{"field": field})
		}
		told["violations"] = violations
	}
	return object{"status": told}, nil
}

func asJSON(message proto.Message) json.RawMessage {
	text, err := protojson.Marshal(message)
	if err != nil {
		panic(err)
	}
	return text
}
